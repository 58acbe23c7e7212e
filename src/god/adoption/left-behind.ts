import type { ProcessIdentity } from '../../model/instance';
import { bornWith, isAlive, wasBornWith } from '../../platform';
import { WORKER_MARK } from '../../protocol/shim';
import type { God } from '../core/god';
import { endOrphan } from '../loop/worker-events';
import { parseKey } from '../policy/adopt';
import type { Instance } from '../core/world';
import type { FoundShims } from './find';

/* Workers that have outlived their shim and the God who knew of it. */

/**
 * A shim can die between the birth of a worker and the news of it, and God with it: then nobody knows of that worker but
 * itself. Only the newest of its instance can be such a one; what an older one has left running was left on purpose.
 */
export function endStrays(god: God, { answering, silent }: FoundShims): void {
  const shims = new Set(
    [...answering.map(({ handle }) => handle.record), ...silent].map((one) => one.process.pid),
  );
  for (const stray of bornWith(WORKER_MARK, [`PM_HOME=${god.home.path}`])) {
    const { instanceId, incarnation } = parseKey(stray.mark) ?? {};
    const instance = instanceId === undefined ? undefined : god.world.instances.get(instanceId);
    if (instance === undefined || incarnation === undefined || shims.has(stray.parentPid)) continue;
    const { record } = instance;
    if (record.processes.some(({ key }) => key === stray.mark) || incarnation < record.incarnation) continue;
    god.log(`worker ${stray.mark} (pid ${stray.pid}) has lost its shim and is ended`);
    record.incarnation = Math.max(record.incarnation, incarnation);
    endOrphan(god, instance, stray.mark, stray);
  }
}

/** The God before was ending them. */
export function endOrphansOf(god: God, instance: Instance): void {
  const { record } = instance;
  for (const { key, process } of record.orphans) {
    const owned = ownedProcess(god, key, process);
    if (owned !== null) endOrphan(god, instance, key, owned);
    else record.orphans = record.orphans.filter((one) => one.key !== key);
  }
}

/**
 * The process is about to be ended on nothing but the word of a file, so it must say itself that it is this worker: by
 * the variables that it was born with. null: it has ended, or is somebody else's.
 */
export function ownedProcess(
  { home, log }: God,
  key: string,
  process: ProcessIdentity,
): ProcessIdentity | null {
  if (!isAlive(process)) return null;
  if (wasBornWith(process.pid, [`${WORKER_MARK}=${key}`, `PM_HOME=${home.path}`])) return process;
  log(`state: pid ${process.pid} is not worker ${key}, and left alone`);
  return null;
}
