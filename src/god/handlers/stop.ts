import type { OperationStarted } from '../../protocol/control';
import { asParams } from '../../protocol/guards';
import type { God } from '../god';
import { beginOperation, want } from '../loop/commands';
import { commit } from '../loop/commit';
import { targetsOf } from './params';
import { resolveTargets } from './selectors';

/** Ends instances; deleted ones leave the list. @throws PmError of the selectors; STATE_NOT_SAVED */
export async function endTargets(
  god: God,
  desired: 'stopped' | 'deleted',
  raw: unknown,
): Promise<OperationStarted> {
  const targets = targetsOf(asParams(raw));
  const ends = await commit(god, (undo) => {
    const instances = resolveTargets(god.world, targets);
    want(undo, instances, desired);
    return instances;
  });
  const names = [...new Set(ends.map(({ app }) => app.record.spec.name))];
  const what = `The ${desired === 'stopped' ? 'stop' : 'deletion'} of ${names.join(', ')}`;
  const operationId = beginOperation(god, { what, ends });
  return { operationId, started: [], restarted: [] };
}
