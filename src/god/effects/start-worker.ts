import { failpoint } from '../../platform';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { pmError, reasonOf } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import type { Generation } from '../../model/generation';
import type { GroupSettings } from '../../protocol/shim';
import { WireFailure } from '../../wire';
import type { ActionOf } from '../core/actions';
import type { God } from '../core/god';
import { generationOf } from '../store/generations';
import { decideBalance } from '../policy/balance';
import { placeApp, type Placement } from '../policy/placement';
import type { ShimHandle } from '../shims/handle';
import type { Instance, Worker } from '../core/world';
import type { LaunchSlots } from './launch-slots';
import { leftoversFor } from './ladder';
import { describeStart } from './worker-start';

/** A start answers when the process is spawned; fork(2) of a large shim on a loaded machine takes its time. */
const START_DEADLINE_MS = 20_000;
const RETRY_PAUSE_MS = 500;

/** Starts a worker, unless it has been given up by the time that its turn comes. */
export async function startWorker(
  god: God,
  slots: LaunchSlots,
  action: ActionOf<'start-worker'>,
): Promise<void> {
  await slots.run(async () => {
    try {
      const why = await send(god, action);
      if (why !== null) god.enqueue({ type: 'start-failed', key: action.key, error: why });
    } catch (error) {
      god.enqueue({ type: 'start-failed', key: action.key, error: reasonOf(error) });
    }
  });
}

/** null: sent. Otherwise why not. */
async function send(god: God, { instanceId, key }: ActionOf<'start-worker'>): Promise<string | null> {
  const instance = god.world.instances.get(instanceId);
  if (instance === undefined) return 'it was deleted';
  const { record } = instance.app;
  const placeNow = (): Placement => placeApp(record, god.settings.nodePath);
  let placement = placeNow();
  let shim = await readyShim(god, instance, placement);
  // It may have been changed while its shim was started.
  while (placeNow().shimId !== placement.shimId) {
    placement = placeNow();
    shim = await readyShim(god, instance, placement);
  }
  // Or given up.
  const worker = wantedWorker(god, instance, key);
  if (worker === null) return 'it was given up before it was started';
  worker.shimId = placement.shimId;
  worker.sent = true;
  const nowMs = god.clock.nowMs();
  const { realScript, realCwd, spec } = generationOf(record, worker.generation) ?? asGiven(record.spec);
  const facts = {
    key,
    spec: { ...spec, script: realScript, cwd: realCwd },
    record: instance.record,
    home: god.home,
    nowMs,
  };
  const leftovers = leftoversFor(spec, god.settings.killSignal);
  const start = {
    ...describeStart(facts),
    ...(leftovers === undefined ? {} : { leftovers }),
    god: god.settings.number,
  };
  for (let { client } = shim; ;) {
    try {
      failpoint('start.sending');
      await client.call('start', start, { deadlineMs: START_DEADLINE_MS });
      failpoint('start.sent');
      return null;
    } catch (error) {
      if (!(error instanceof WireFailure)) throw error;
      // Perhaps it was started, perhaps not: a start of a known key does nothing, so it is said again – unless the
      // shim's own loss has ended this worker meanwhile.
      god.log(`start of ${key}: ${error.message}`);
      await delay(RETRY_PAUSE_MS);
      if (wantedWorker(god, instance, key) === null) return null;
      ({ client } = await god.shims.ensure(placement));
      // Only now it is known whether the one before has died.
      if (wantedWorker(god, instance, key) === null) return null;
    }
  }
}

const asGiven = (spec: AppSpec): Pick<Generation, 'realScript' | 'realCwd' | 'spec'> => ({
  realScript: spec.script,
  realCwd: spec.cwd,
  spec,
});

async function readyShim(god: God, instance: Instance, placement: Placement): Promise<ShimHandle> {
  const shim = await god.shims.ensure(placement);
  if (shim.record.kind === 'cluster') await configure(shim, instance);
  return shim;
}

/** The worker as long as its instance still wants it. */
function wantedWorker(god: God, { state }: Instance, key: string): Worker | null {
  const isWanted =
    (state.name === 'launching' && state.key === key) || ('candidate' in state && state.candidate === key);
  return isWanted ? (god.world.workers.get(key) ?? null) : null;
}

async function configure(shim: ShimHandle, { app }: Instance): Promise<void> {
  const facts = { nodeVersion: shim.nodeVersion, platform: process.platform };
  const { balance: wanted, listenQueue: maxWaiting, listenQueueTimeoutMs: waitTimeoutMs } = app.record.spec;
  const { balance, refusal } = decideBalance(wanted, facts);
  if (refusal !== null) throw pmError('BAD_ARGUMENT', { message: refusal });
  const settings: GroupSettings = { balance, maxWaiting, waitTimeoutMs };
  if (isDeepStrictEqual(shim.settings, settings)) return;
  await shim.client.call('configure', settings, { deadlineMs: START_DEADLINE_MS });
  shim.settings = settings;
}
