import { pidPathOf } from '../../logs/names';
import type { God } from '../core/god';
import type { ExitDecision } from '../core/lifecycle';
import { shimKindOf } from '../policy/placement';
import type { Instance, Worker } from '../core/world';
import { applyEvent, freshKey, retire } from './instance';
import { awaitsSwitch } from './rollouts';
import { decideAfter } from './worker-end';

/**
 * A worker that serves says that it will leave. For the instance that is its end: the restart limits decide what
 * follows, at once, while the worker finishes what it has, for `drain_timeout` at most. One whose listeners nobody
 * holds has what its successor needs, so it has to go first.
 */
export function replaceServing(god: God, instance: Instance, worker: Worker, reason: string): void {
  const { state, record, app } = instance;
  const isServing = (state.name === 'online' || state.name === 'replacing') && state.key === worker.key;
  if (!isServing || record.desired !== 'running' || god.ending) return;
  if (shimKindOf(app.record.spec) === 'fork') {
    applyEvent(god, instance, { name: 'stop', cause: 'offline', reason });
    return;
  }
  const { startedTickMs } = worker;
  const uptimeMs = startedTickMs === null ? 0 : Math.round(god.clock.tickMs() - startedTickMs);
  const decision: ExitDecision =
    state.name === 'replacing'
      ? { kind: 'stopped', reason: 'its replacement is on the way' }
      : decideAfter(god, instance, { code: null, uptimeMs });
  if (state.name === 'online' && decision.kind === 'stopped') {
    record.desired = 'stopped';
    record.endedByItself = true;
  }
  god.act({
    kind: 'remove-pid-file',
    path: pidPathOf(app.record.spec, record.id, god.home),
    spec: app.record.spec,
  });
  retire(god, instance, worker.key, 'offline', reason);
  const words = `${reason}: ${decision.reason}`;
  applyEvent(god, instance, {
    name: 'exited',
    key: freshKey(instance),
    decision: { ...decision, reason: words },
    awaits: awaitsSwitch(app),
  });
}
