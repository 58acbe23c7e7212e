import type { WorkerReport } from '../../protocol/shim';
import type { God } from '../core/god';
import { isAtRest } from '../core/lifecycle';
import { setState, settle } from '../loop/instance';
import { attemptEnded } from '../loop/rollouts';
import { onWorkerEnd } from '../loop/worker-end';
import { parseKey } from '../policy/adopt';
import { placeApp } from '../policy/placement';
import { allInstances, labelOf, type Instance } from '../core/world';
import { adoptOne, takeWorker } from './adopt';

/** What is told of a worker whose end, or whose signs of life, were lost by a bug of pm. */
const WHY = 'pm lost track of its worker, which is a bug of pm (see pm.log)';

/**
 * God failed in the middle of an event of this shim. The shim has been told that it was taken, so nobody will say it
 * again: instances whose picture no longer fits what the shim has are taken over anew, as by a God that has just started.
 */
export function bringInLine(god: God, shimId: string, workers: readonly WorkerReport[]): void {
  const handle = god.shims.get(shimId);
  if (handle === null || god.ending) return;
  const isOwn = ({ app, record }: Instance): boolean =>
    placeApp(app.record, god.settings.nodePath).shimId === shimId ||
    [...god.world.workers.values()].some(
      (worker) => worker.instanceId === record.id && worker.shimId === shimId,
    );
  for (const instance of allInstances(god.world).filter(isOwn)) {
    const reports = workers.filter(({ key }) => parseKey(key)?.instanceId === instance.record.id);
    if (fits(god, instance, shimId, reports)) continue;
    god.log(
      `${labelOf(instance)}: what God knew of it no longer fits what shim ${shimId} has; taken over anew`,
    );
    try {
      takeOver(god, instance, { handle, workers: reports, untold: [] });
    } catch (error) {
      god.log(`bug: ${labelOf(instance)} could not be taken over: ${String(error)}`);
      setState(god, instance, { name: 'errored', reason: `${WHY}; \`pm restart ${instance.record.id}\`` });
    }
  }
}

/** Every worker of its state is there, has started if the shim says so, and listens where the shim says. */
function fits(
  god: God,
  { state, record }: Instance,
  shimId: string,
  reports: readonly WorkerReport[],
): boolean {
  const named = ['key' in state ? state.key : null, 'candidate' in state ? state.candidate : null];
  const there = new Map(reports.map((report) => [report.key, report]));
  const known = [...god.world.workers.values()].filter(
    (worker) => worker.instanceId === record.id && worker.shimId === shimId && worker.sent,
  );
  const isTold = named.every((key) => key === null || god.world.workers.has(key));
  const areThere = known.every(({ key, process }) => process === null || there.has(key));
  const areKnown = reports.every((report) => {
    const worker = god.world.workers.get(report.key);
    if (worker === undefined) return false;
    return (
      worker.process !== null &&
      worker.readySent === report.readySent &&
      worker.listening.length === report.listening.length
    );
  });
  return isTold && areThere && areKnown;
}

function takeOver(god: God, instance: Instance, found: Parameters<typeof adoptOne>[2][number]): void {
  const { app, record } = instance;
  const wasResting = isAtRest(instance.state);
  for (const worker of [...god.world.workers.values()])
    if (worker.instanceId === record.id) god.world.workers.delete(worker.key);
  for (const report of found.workers) takeWorker(god, found, report, [instance]);
  const gone = adoptOne(god, instance, [found], []);
  const atMs = god.clock.nowMs();
  const unknown = {
    code: null,
    signal: null,
    uptimeMs: 0,
    stderrTail: [],
    cause: 'exit',
    error: null,
  } as const;
  for (const worker of gone)
    onWorkerEnd(god, instance, worker, { ...unknown, pid: worker.process?.pid ?? 0, atMs });
  settle(god, instance);
  if (app.rollout === null || wasResting) return;
  attemptEnded(god, instance, { why: WHY, stderr: [], cause: 'spawn failed' });
}
