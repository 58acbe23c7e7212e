import { failpoint } from '../../platform';
import { reasonOf } from '../../errors';
import type { ExitCause } from '../../model/instance';
import type { StopLadder } from '../../protocol/shim';
import type { Action, ActionOf } from '../core/actions';
import type { God } from '../core/god';
import { CALL_DEADLINE_MS } from '../shims/handle';
import type { Worker } from '../core/world';
import { formerShimsLeft } from './former-shims';
import { ladderFor } from './ladder';
import { makeLaunchSlots, type LaunchSlots } from './launch-slots';
import { makeOrphans, type Orphans } from './orphans';
import { specOfGeneration } from '../store/generations';
import { removePidFile, writePidFile } from './pid-file';
import { startWorker } from './start-worker';

/** One executor for each kind of action; an action without one does not compile. */
type Executors = { readonly [K in Action['kind']]: (action: ActionOf<K>) => Promise<void> | void };

/** How often a message to a shim that did not answer is said again. */
const RETRY_MS = 1000;
/** A timer that is this late is not late because of load: God, or the machine, was stopped. */
const FROZEN_MS = 500;
/** What shims have told meanwhile is there already; far more than reading it takes. */
const HEARING_MS = 500;

/** Carries out actions. Never waits, never throws: what fails is logged here or comes back as an event. */
export function makeEffects(
  god: () => God,
  slots: LaunchSlots = makeLaunchSlots(),
): (action: Action) => void {
  const executors = makeExecutors(god, slots, makeOrphans());
  return (action) => {
    const execute = executors[action.kind] as (action: Action) => Promise<void> | void;
    // In a later turn, so that an executor never runs in the middle of a transition.
    queueMicrotask(() => {
      void Promise.resolve()
        .then(() => execute(action))
        .catch((error: unknown) => {
          god().log(`action ${action.kind} failed: ${reasonOf(error)}`);
        });
    });
  };
}

function makeExecutors(god: () => God, slots: LaunchSlots, orphans: Orphans): Executors {
  return {
    'start-worker': async (action) => {
      await orphans.placeIsFree(action.instanceId);
      await formerShimsLeft(god(), action);
      await startWorker(god(), slots, action);
    },
    admit: ({ key }) =>
      tellShim(god(), key, (worker, shim) => shim.client.call('admit', { key: worker.key }, IN_TIME)),
    retire: ({ key, cause }) =>
      tellShim(god(), key, (worker, shim) => {
        const ladder = ladderOf(god(), worker, cause);
        if (ladder === null) return Promise.resolve();
        return shim.client.call('retire', { key: worker.key, ladder }, IN_TIME);
      }),
    switch: (action) => switchWorkers(god(), action),
    'ask-snapshot': async ({ shimId }) => {
      const { shims, enqueue } = god();
      const answer = await shims.get(shimId)?.client.call('snapshot', {}, IN_TIME);
      if (answer !== undefined) enqueue({ type: 'shim-snapshot', shimId, workers: answer.workers });
    },
    persist: async ({ appId, rolloutId }) => {
      const { store, enqueue } = god();
      const failure = await store.save().then(() => null, reasonOf);
      failpoint('switch.saved');
      enqueue({ type: 'persisted', appId, rolloutId, failure });
    },
    wait: ({ instanceId, untilMs }) => {
      const { timers, clock, enqueue } = god();
      timers.set(`wait:${instanceId}`, untilMs - clock.nowMs(), () =>
        enqueue({ type: 'wait-over', instanceId }),
      );
    },
    'cancel-wait': ({ instanceId }) => god().timers.clear(`wait:${instanceId}`),
    'look-again': ({ key, inMs }) => {
      const { timers, clock, enqueue } = god();
      const dueMs = clock.tickMs() + inMs;
      const look = (): void => enqueue({ type: 'look-again', key });
      timers.set(`look:${key}`, inMs, () => {
        // Timers go before what has arrived: a God that was frozen would judge without having heard anybody.
        if (clock.tickMs() - dueMs < FROZEN_MS) look();
        else timers.set(`look:${key}`, HEARING_MS, look);
      });
    },
    'write-pid-file': writePidFile,
    'remove-pid-file': removePidFile,
    // A shim that does not hear it keeps a listener too long; the next rollout says it again.
    'close-listeners': async ({ shimId }) => {
      await god().shims.get(shimId)?.client.call('closeListeners', {}, IN_TIME);
    },
    'dismiss-shim': ({ shimId }) => god().shims.dismiss(shimId),
    'end-orphan': async (orphan) => {
      await orphans.end(orphan);
      const { instanceId, key } = orphan;
      god().enqueue({ type: 'orphan-ended', instanceId, key });
    },
  };
}

/** How the worker is ended: as its own generation says. */
function ladderOf({ world, settings }: God, worker: Worker, cause: ExitCause): StopLadder | null {
  const app = world.instances.get(worker.instanceId)?.app.record;
  return app === undefined
    ? null
    : ladderFor(specOfGeneration(app, worker.generation), cause, settings.killSignal);
}

/**
 * All in one message, so that no client is sent to an old worker after it has seen a new one. A shim that does not know
 * it, or does not answer, is told one by one, again and again.
 */
async function switchWorkers(god: God, { admit, retire }: ActionOf<'switch'>): Promise<void> {
  const shimId = admit.map((key) => god.world.workers.get(key)?.shimId).find((id) => id !== undefined);
  const shim = shimId === undefined ? null : god.shims.get(shimId);
  try {
    if (shim === null) throw new Error('it is not there');
    const ladders = retire.flatMap(({ key, cause }) => {
      const worker = god.world.workers.get(key);
      const ladder = worker === undefined ? null : ladderOf(god, worker, cause);
      return ladder === null ? [] : [{ key, ladder }];
    });
    failpoint('switch.sending');
    await shim.client.call('switch', { admit: [...admit], retire: ladders }, IN_TIME);
  } catch (error) {
    god.log(`shim ${shimId ?? '?'} did not switch at once (${reasonOf(error)}); it is told one by one`);
    for (const key of admit) god.act({ kind: 'admit', key });
    for (const { key, cause } of retire) god.act({ kind: 'retire', key, cause });
  }
}

const IN_TIME = { deadlineMs: CALL_DEADLINE_MS };

type Tell = (worker: Worker, shim: NonNullable<ReturnType<God['shims']['get']>>) => Promise<unknown>;

/** Says something about a worker to its shim, again and again until it has heard it or the worker is gone. */
async function tellShim(god: God, key: string, tell: Tell): Promise<void> {
  const worker = god.world.workers.get(key);
  // One that was never sent is given up by its start; nothing is there to be told.
  if (worker?.sent !== true) return;
  const again = (): void => god.timers.set(`tell:${key}`, RETRY_MS, () => void tellShim(god, key, tell));
  const shim = god.shims.get(worker.shimId);
  if (shim === null) {
    again();
    return;
  }
  try {
    failpoint('tell.sending');
    await tell(worker, shim);
    failpoint('tell.sent');
  } catch (error) {
    god.log(`shim ${worker.shimId} was not told about ${key}: ${reasonOf(error)}; it is told again`);
    again();
  }
}
