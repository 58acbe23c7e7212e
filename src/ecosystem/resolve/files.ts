import { accessSync, closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

export const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isFile(path);
  } catch {
    return false;
  }
}

/** A function that finds commands in the PATH of `env`, as a shell would; relative folders of PATH count from `cwd`. */
export function pathLookup(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): (command: string) => string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return (command) => folders.map((folder) => resolve(cwd, folder, command)).find(isExecutable) ?? null;
}

/** The folder and all above it, nearest first. */
export function upwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}

/** `~` and `~/x` at the start of a path are the home of the caller. */
export const expandHome = (path: string, home: string | undefined): string =>
  home !== undefined && /^~(\/|$)/.test(path) ? join(home, path.slice(1)) : path;

/** The first bytes of a file, for a look at what it is; empty when it cannot be read. */
export function headOf(path: string, bytes: number): Buffer {
  const head = Buffer.alloc(bytes);
  try {
    const fd = openSync(path, 'r');
    try {
      return head.subarray(0, readSync(fd, head, 0, bytes, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return Buffer.alloc(0);
  }
}

/** Version in the nearest package.json upwards that has one, or `N/A`. */
export function packageVersion(folder: string): string {
  for (const path of upwards(folder).map((at) => join(at, 'package.json'))) {
    const version = isFile(path) ? versionIn(path) : undefined;
    if (version !== undefined) return version;
  }
  return 'N/A';
}

function versionIn(path: string): string | undefined {
  try {
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    // Broken or unreadable: not our file to complain about; the list then says N/A, or the next one's version.
    return undefined;
  }
}
