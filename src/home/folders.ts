import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCodeOf } from '../errors';

/**
 * Makes a folder and its parents, mode 0700; one that is there is left as it is. Parents are made one by one: Node's
 * own recursive mkdir loops for ever below /proc (seen with `/proc/x`, Node 20.20).
 *
 * @throws the system's error
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'EEXIST') return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolder(parent);
    mkdirSync(path, { mode: 0o700 });
  }
}
