import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { identify } from '../platform';
import type { Home } from './paths';

/** What writeFileAtomic and tryLock leave when their process is killed half way: `<file>.<pid>.<n>.tmp`, `<lock>.<pid>`. */
const LEFTOVERS = [/\.(\d+)\.\d+\.tmp$/, /\.lock\.(\d+)$/, /\.json\.bak\.tmp$/, /\.lock\.dead$/];

/**
 * Removes the half-written files of processes that were killed. Called by God once it holds the lock, before it writes
 * anything itself; the files of a pid that runs are left alone, they may be a CLI's.
 */
export function cleanLeftovers(home: Home): void {
  for (const name of readdirSync(home.path)) {
    const match = LEFTOVERS.map((pattern) => pattern.exec(name)).find((found) => found !== null);
    if (match === undefined) continue;
    const pid = Number(match[1] ?? 0);
    if (pid === process.pid || identify(pid) === null) rmSync(join(home.path, name), { force: true });
  }
}
