import { existsSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { WorkerStart } from '../../protocol/shim';

/** How a worker becomes the user that it is to run as. */
export interface Identity {
  /** Put before the command; it changes the user and becomes the command. Empty: not needed. */
  readonly command: readonly string[];
  /** For `spawn`, where there is no such command. */
  readonly options: { readonly uid?: number; readonly gid?: number };
}

/** util-linux; busybox has one as well, which knows no groups. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find(
  (path) => existsSync(path) && basename(realpathSync(path)) === 'setpriv',
);

/**
 * Node's `spawn` drops every supplementary group when it changes the user (libuv calls `setgroups(0)`), so an app of
 * group `docker` or `ssl-cert` would lose what it may read. `setpriv` gives the groups of the user and executes the
 * command: same pid, same pipes. Without it (macOS, Alpine) the app runs with its first group only.
 */
export function identityFor({ uid, gid, initGroups = false }: WorkerStart): Identity {
  const options = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
  const isUseful = SETPRIV !== undefined && uid !== undefined && initGroups && process.getuid?.() === 0;
  if (!isUseful) return { command: [], options };
  const regid = gid === undefined ? [] : [`--regid=${String(gid)}`];
  return { command: [SETPRIV, `--reuid=${String(uid)}`, ...regid, '--init-groups', '--'], options: {} };
}
