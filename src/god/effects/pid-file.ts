import { closeSync, mkdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { systemCodeOf } from '../../errors';
import { exchangeableOn, fileUserOf, UserFolder } from '../../platform';
import type { ActionOf, FileOwner } from '../core/actions';
import { userIdsOf } from './worker-start';

/*
 * Of an app that a root God runs as another user, where that user could exchange the folder: no more is done than the user
 * could do (ADR 0010).
 */

const MODE = 0o600;

export function writePidFile({ path, pid, spec }: ActionOf<'write-pid-file'>): void {
  const folder = userFolderOf(path, spec, true);
  if (folder === null) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, String(pid), { mode: MODE });
    return;
  }
  try {
    removeIn(folder, basename(path));
    const fd = folder.create(basename(path), 0, MODE);
    writeSync(fd, String(pid));
    closeSync(fd);
  } finally {
    folder.close();
  }
}

export function removePidFile({ path, spec }: ActionOf<'remove-pid-file'>): void {
  try {
    const folder = userFolderOf(path, spec, false);
    if (folder === null) {
      rmSync(path, { force: true });
      return;
    }
    removeIn(folder, basename(path));
    folder.close();
  } catch (error) {
    // Its folder has gone, and it with that.
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  }
}

/** null: the folder is ours alone, or the app runs as we do. */
function userFolderOf(path: string, spec: FileOwner, make: boolean): UserFolder | null {
  const { uid, gid } = userIdsOf(spec);
  const user = fileUserOf(uid, gid);
  const folder = dirname(path);
  return user === null || exchangeableOn(folder, [0]) === null
    ? null
    : UserFolder.open(folder, user, { make });
}

function removeIn(folder: UserFolder, name: string): void {
  if (folder.mayMove(name)) rmSync(folder.at(name), { force: true });
}
