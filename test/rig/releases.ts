import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { spawnDaemon } from '../../src/launch/spawn';
import type { TestHome } from './home';

const RELEASES = resolve(__dirname, '../fixtures/releases');
/** What this tree builds. */
export const TODAY = resolve(__dirname, '../../dist');

/** The versions of which the daemons are kept, as they were released (`npm run freeze`). */
export const releases = readdirSync(RELEASES);
export const releaseFolder = (version: string): string => join(RELEASES, version);

export const entryOf = (folder: string, program: 'god' | 'shim' | 'worker'): string =>
  join(folder, program, 'main.js');

/** Lays daemons of different versions beside each other, as an upgrade in place leaves them to a shim that runs on. */
export function layOut(
  home: TestHome,
  { god, shim, worker }: Readonly<Record<'god' | 'shim' | 'worker', string>>,
): string {
  const folder = join(home.cwd, 'pm');
  for (const [program, from] of Object.entries({ god, shim, worker }) as [
    'god' | 'shim' | 'worker',
    string,
  ][]) {
    mkdirSync(join(folder, program), { recursive: true });
    copyFileSync(entryOf(from, program), entryOf(folder, program));
  }
  return folder;
}

/** Starts the God that lies in that folder, which starts the shims and the preload that lie beside it. */
export async function startGodOf(home: TestHome, folder: string): Promise<void> {
  mkdirSync(home.path, { recursive: true, mode: 0o700 });
  const { error } = await spawnDaemon(home, {
    entry: entryOf(folder, 'god'),
    args: [],
    nodePath: process.execPath,
    deadlineMs: 20_000,
  });
  if (error !== undefined) throw new Error(`God of ${folder}: ${error}`);
}
