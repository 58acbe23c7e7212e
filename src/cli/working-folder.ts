import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { pmError, reasonOf } from '../errors';

/**
 * The folder that the caller is in, as its shell calls it: `cd /srv/current && pm start app.js` must start
 * `/srv/current/app.js`, so that a reload finds what the link leads to then. Asked for only where it matters: `pm list`
 * works in a folder that was deleted meanwhile.
 *
 * @param pwd `$PWD`, believed where it is the same folder
 * @throws PmError BAD_ARGUMENT when the folder is gone
 */
export function workingFolder(pwd: string | undefined): string {
  try {
    const real = process.cwd();
    return pwd !== undefined && isAbsolute(pwd) && isSameFolder(pwd, real) ? pwd : real;
  } catch (error) {
    const message = `The folder that you are in is gone: ${reasonOf(error)}`;
    throw pmError('BAD_ARGUMENT', {
      message,
      hint: '`cd` to another, or to the same once more if it was made anew.',
    });
  }
}

/** All that it is called; none when it is gone. */
export function workingFolders(pwd: string | undefined): readonly string[] {
  try {
    return [...new Set([workingFolder(pwd), process.cwd()])];
  } catch {
    return [];
  }
}

function isSameFolder(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}
