import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PmError } from '../../../src/errors';
import { openDocument, pathLookup, type NormaliseContext } from '../../../src/ecosystem';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these files, gone after the test. What starts with `#!` becomes executable. */
export function folderWith(files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm-ecosystem-')));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (text.startsWith('#!')) chmodSync(path, 0o755);
  }
  return folder;
}

export const NODE = '/opt/node/bin/node';

/** A machine with 4 CPUs, `NODE` as the running Node, the real PATH, and two users. */
export function contextIn(cwd: string, more: Partial<NormaliseContext> = {}): NormaliseContext {
  const users = [
    { uid: 0, gid: 0, name: 'root', home: '/root' },
    { uid: 1001, gid: 1002, name: 'web', home: '/home/web' },
  ];
  return {
    cwd,
    env: { PATH: '/usr/bin:/bin', HOME: '/home/me' },
    cliOptions: {},
    cpuCount: 4,
    execPath: NODE,
    staticServer: '/opt/pm/static-server.js',
    findInPath: pathLookup({ PATH: '/usr/bin:/bin' }, cwd),
    lookupUser: (wanted) => users.find(({ uid, name }) => uid === wanted || name === wanted) ?? null,
    lookupGroup: (wanted) => (wanted === 'www' || wanted === 33 ? 33 : null),
    username: 'me',
    typescript: 'none',
    ...more,
  };
}

/** A document of these apps, as if it stood in a file. */
export const documentOf = (...apps: readonly unknown[]) => openDocument({ apps }, '/x/ecosystem.config.js');

/** The expected failure of `action`. */
export async function failureOf(action: () => unknown): Promise<PmError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof PmError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
