import { mkdirSync } from 'node:fs';
import { pmError } from '../errors';
import { shimPathsAt, type Home } from '../home';
import type { ShimKind } from '../protocol/shim';
import { entryPath } from './entry';
import { spawnDaemon } from './spawn';

/** A bare Node process; ten seconds are for machines that start fifty apps at once. */
const SHIM_START_DEADLINE_MS = 10_000;

interface ShimSpawn {
  readonly id: string;
  readonly kind: ShimKind;
  /** A cluster app's shim runs on that app's own Node (D4). */
  readonly nodePath: string;
}

/**
 * Starts a shim; resolves when its socket answers, or when another one of that id turns out to be on its way.
 * `PM_GOD_NODE` tells it on which Node to revive God.
 *
 * @throws PmError SHIM_FAILED
 */
export async function spawnShim(home: Home, shim: ShimSpawn): Promise<void> {
  mkdirSync(shimPathsAt(home, shim.id).dir, { recursive: true, mode: 0o700 });
  const report = await spawnDaemon(home, {
    entry: entryPath('shim'),
    args: [shim.id, shim.kind],
    nodePath: shim.nodePath,
    env: { PM_GOD_NODE: process.execPath },
    deadlineMs: SHIM_START_DEADLINE_MS,
  });
  if (report.error !== undefined) throw pmError('SHIM_FAILED', { shim: shim.id, why: report.error });
}
