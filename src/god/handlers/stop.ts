import type { OperationStarted } from '../../protocol/control';
import { asParams } from '../../protocol/guards';
import type { God } from '../core/god';
import { runCommand } from '../loop/commands';
import { want } from '../loop/desired';
import { targetsOf } from './params';
import { resolveTargets } from './selectors';

/** Ends instances; deleted ones leave the list. @throws PmError of the selectors; STATE_NOT_SAVED */
export async function endTargets(
  god: God,
  desired: 'stopped' | 'deleted',
  raw: unknown,
): Promise<OperationStarted> {
  const params = asParams(raw);
  const targets = targetsOf(params);
  return runCommand(god, params, (undo) => {
    const ends = resolveTargets(god.world, targets);
    want(undo, ends, desired);
    const names = [...new Set(ends.map(({ app }) => app.record.spec.name))];
    return { what: `The ${desired === 'stopped' ? 'stop' : 'deletion'} of ${names.join(', ')}`, ends };
  });
}
