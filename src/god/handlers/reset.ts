import { asParams } from '../../protocol/guards';
import type { God } from '../core/god';
import { commit } from '../loop/commit';
import { assign } from '../loop/undo';
import { NO_RESTARTS } from '../policy/restart';
import { targetsOf } from './params';
import { resolveTargets } from './selectors';

/** Counters to zero, as PM2. @throws PmError of the selectors; STATE_NOT_SAVED */
export async function reset(god: God, raw: unknown): Promise<{ count: number }> {
  const targets = targetsOf(asParams(raw));
  return commit(god, (undo) => {
    const instances = resolveTargets(god.world, targets);
    const createdAtMs = god.clock.nowMs();
    for (const { record } of instances)
      assign(undo, record, { restarts: 0, counters: NO_RESTARTS, createdAtMs });
    return { count: instances.length };
  });
}
