import { setTimeout as delay } from 'node:timers/promises';
import { pmError, reasonOf, type PmError } from '../../errors';
import { longestEndMs } from '../effects/ladder';
import type { God } from '../core/god';
import { applyEvent } from '../loop/instance';
import { cancelRollout } from '../loop/rollouts';
import { hurryOrphans } from '../loop/worker-events';
import { allInstances, instancesOf } from '../core/world';

/** How often it is looked whether the last worker has ended. */
const LOOK_EVERY_MS = 20;
/** For the shims to be told and to end, beyond what the apps may take. */
const ALLOWANCE_MS = 10_000;

/**
 * Ends every app by its own ladder, then every shim. What is desired stays as it is: the next God starts the same
 * apps – unless they are to be forgotten (`pm kill`, as PM2's): then it starts with an empty list.
 *
 * @param isForgotten asked when all have ended
 * @returns why the list could not be forgotten: everything has ended all the same, but the next God starts it again
 */
export async function endEverything(god: God, isForgotten: () => boolean): Promise<PmError | null> {
  god.ending = true;
  god.timers.clearAll();
  god.enqueue({ type: 'command', run: () => endInstances(god) });
  await untilWorkersEnded(god);
  const forget = isForgotten();
  if (forget) god.enqueue({ type: 'command', run: () => forgetApps(god) });
  const problem = await saveOrForget(god, forget);
  await Promise.all(god.shims.all().map(({ id }) => god.shims.dismiss(id, true)));
  god.shims.close();
  return problem;
}

async function saveOrForget(god: God, forget: boolean): Promise<PmError | null> {
  try {
    await god.store.save();
  } catch (error) {
    god.log(`the state could not be written: ${reasonOf(error)}`);
    if (!forget) return null;
    try {
      god.store.abandon();
    } catch (problem) {
      return pmError('NOT_FORGOTTEN', { why: reasonOf(problem) }, { cause: problem });
    }
  }
  return null;
}

function endInstances(god: God): void {
  for (const app of god.world.apps.values()) cancelRollout(god, app);
  for (const instance of allInstances(god.world)) {
    hurryOrphans(god, instance);
    // A back-off keeps its time for the next God, and what is errored stays so.
    if (!('key' in instance.state)) continue;
    applyEvent(god, instance, { name: 'stop', cause: 'stop', reason: 'God is ending' });
  }
}

async function untilWorkersEnded(god: God): Promise<void> {
  const longestMs = Math.max(
    0,
    ...[...god.world.apps.values()].map(({ record }) => longestEndMs(record.spec, 'stop')),
  );
  const endMs = god.clock.tickMs() + longestMs + ALLOWANCE_MS;
  const isAnyLeft = (): boolean =>
    god.world.workers.size > 0 || allInstances(god.world).some(({ record }) => record.orphans.length > 0);
  while (isAnyLeft() && god.clock.tickMs() < endMs) await delay(LOOK_EVERY_MS);
  for (const { key, process } of god.world.workers.values()) {
    god.log(`worker ${key} (pid ${process?.pid ?? 0}) has not ended; its shim stays with it`);
  }
}

function forgetApps(god: God): void {
  for (const app of [...god.world.apps.values()]) {
    for (const { record } of instancesOf(god.world, app)) {
      god.world.instances.delete(record.id);
      god.operations.removed(record.id);
    }
    god.world.apps.delete(app.record.id);
  }
  god.store.state.apps.length = 0;
  god.store.state.nextInstanceId = 0;
}
