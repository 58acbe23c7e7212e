import { failpoint } from '../platform';
import { readFileSync } from 'node:fs';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

let written = 0;

/**
 * Replaces a file so that after any crash it is the old one or the new one, never neither: temp file beside it,
 * fsync, rename, fsync of the folder.
 *
 * @param options.mode 0600 when absent
 * @param options.keepOld the former file stays as `<path>.bak`
 * @throws the system's error (ENOSPC …); the old file is untouched then
 */
export async function writeFileAtomic(
  path: string,
  text: string,
  options: { keepOld?: boolean; mode?: number } = {},
): Promise<void> {
  const temporary = `${path}.${String(process.pid)}.${String(++written)}.tmp`;
  try {
    failpoint('file.open');
    const file = await open(temporary, 'wx', options.mode ?? 0o600);
    try {
      failpoint('file.write');
      await file.writeFile(text);
      failpoint('file.sync');
      await file.sync();
    } finally {
      await file.close();
    }
    failpoint('file.keep-old');
    if (options.keepOld === true) await keepOldGeneration(path);
    failpoint('file.rename');
    await rename(temporary, path);
    failpoint('file.renamed');
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** A copy, then a rename: `path` itself is never missing, not even for a moment. */
async function keepOldGeneration(path: string): Promise<void> {
  const copy = `${path}.bak.tmp`;
  try {
    await copyFile(path, copy);
    await rename(copy, `${path}.bak`);
  } catch (error) {
    await rm(copy, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Makes the rename itself durable. Some file systems refuse to sync a folder; the data is safe all the same. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // see above
  }
}

/** Parsed content; undefined when there is no such file or it is not JSON. */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
