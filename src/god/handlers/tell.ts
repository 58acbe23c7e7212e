import { constants } from 'node:os';
import { pmError, reasonOf } from '../../errors';
import { asParams, checkText } from '../../protocol/guards';
import type { God } from '../core/god';
import { CALL_DEADLINE_MS, type ShimHandle } from '../shims/handle';
import { currentWorker, labelOf, type Worker } from '../core/world';
import { targetsOf } from './params';
import { resolveTargets } from './selectors';

/** @throws PmError of the selectors; BAD_ARGUMENT for a signal that there is not */
export async function signal(god: God, raw: unknown): Promise<{ delivered: number }> {
  const params = asParams(raw);
  const name = checkText(params, 'signal');
  if (!(name in constants.signals))
    throw pmError('BAD_ARGUMENT', {
      message: `Error when sending signal (signal unknown): ${name}`,
      hint: 'A signal is a name like SIGHUP, or USR2 for short.',
    });
  return tellWorkers(god, params, ({ client }, { key }) =>
    client.call('signal', { key, signal: name }, { deadlineMs: CALL_DEADLINE_MS }),
  );
}

/** @throws PmError of the selectors */
export async function input(god: God, raw: unknown): Promise<{ delivered: number }> {
  const params = asParams(raw);
  const text = checkText(params, 'text');
  return tellWorkers(god, params, ({ client }, { key }) =>
    client.call('input', { key, text }, { deadlineMs: CALL_DEADLINE_MS }),
  );
}

async function tellWorkers(
  god: God,
  params: Readonly<Record<string, unknown>>,
  tell: (shim: ShimHandle, worker: Worker) => Promise<{ delivered: boolean }>,
): Promise<{ delivered: number }> {
  const instances = resolveTargets(god.world, targetsOf(params));
  const told = instances.map(async (instance) => {
    const worker = currentWorker(god.world, instance);
    const shim = worker === null ? null : god.shims.get(worker.shimId);
    if (worker === null || shim === null) return false;
    try {
      return (await tell(shim, worker)).delivered;
    } catch (error) {
      god.log(`${labelOf(instance)} was not told: ${reasonOf(error)}`);
      return false;
    }
  });
  return { delivered: (await Promise.all(told)).filter(Boolean).length };
}
