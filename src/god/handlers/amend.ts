import { asParams } from '../../protocol/guards';
import type { God } from '../core/god';
import { amendSpec } from '../loop/desired';
import { commit } from '../loop/commit';
import { assign } from '../loop/undo';
import { targetsOf } from './params';
import { resolveTargets } from './selectors';

/** What changes without a restart. @throws PmError of the selectors; STATE_NOT_SAVED */
export async function amend(god: God, raw: unknown): Promise<{ count: number }> {
  const params = asParams(raw);
  const targets = targetsOf(params);
  const { watch, monitored } = params;
  const count = await commit(god, (undo) => {
    const instances = resolveTargets(god.world, targets);
    for (const { app, record } of instances) {
      if (typeof watch === 'boolean') amendSpec(undo, app, { ...app.record.spec, watch });
      if (typeof monitored === 'boolean') assign(undo, record, { monitored });
    }
    return instances.length;
  });
  // Triggers look at what apps want after each event.
  god.enqueue({ type: 'command', run: () => undefined });
  return { count };
}
