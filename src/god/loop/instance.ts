import {
  isAtRest,
  transition,
  type InstanceEvent,
  type InstanceState,
  type LifecycleAction,
} from '../core/lifecycle';
import type { AppSpec } from '../../model/app-spec';
import type { ExitCause } from '../../model/instance';
import { factsOfCause } from '../../model/exit-cause';
import type { God } from '../core/god';
import { keyOf } from '../policy/adopt';
import { appOfShim, placeApp, shimKindOf } from '../policy/placement';
import { mayListenElsewhere } from '../policy/ready';
import { reconcile } from '../policy/reconcile';
import { NO_RESTARTS } from '../policy/restart';
import { specOfGeneration } from '../store/generations';
import {
  currentWorker,
  instancesOf,
  labelOf,
  retiredKeys,
  specOf,
  type App,
  type Instance,
} from '../core/world';
import { pidPathOf } from '../../logs/names';

/** The key that the instance's next worker gets; it counts as used once that worker is to be started. */
export const freshKey = ({ record }: Instance): string => keyOf(record.id, record.incarnation + 1);

/** Takes an event through the state machine, hands on what it asks for, and brings the instance nearer to what is meant. */
export function applyEvent(god: God, instance: Instance, event: InstanceEvent): void {
  const before = instance.state;
  const step = transition(before, event);
  if (step === null) return;
  if (isRestart(before, event, step.state)) instance.record.restarts++;
  const previousWorker = currentWorker(god.world, instance);
  setState(god, instance, step.state);
  for (const action of step.actions) perform(god, instance, action, previousWorker?.listening ?? null);
  settle(god, instance);
}

/** Takes the steps that still lie between what the instance does and what it is meant to do. */
export function settle(god: God, instance: Instance): void {
  if (god.ending || !god.world.instances.has(instance.record.id)) return;
  const ending = retiredKeys(instance).length + instance.record.orphans.length;
  const correction = reconcile(instance.record.desired, instance.state, ending);
  switch (correction.kind) {
    case 'nothing':
      dismissIdleShim(god, instance);
      break;
    case 'start':
      applyEvent(god, instance, { name: 'start', key: freshKey(instance), reason: 'starting' });
      break;
    case 'stop':
      applyEvent(god, instance, { name: 'stop', cause: correction.cause, reason: correction.reason });
      closeListeners(god, instance.app);
      break;
    case 'remove':
      removeInstance(god, instance);
      break;
  }
}

/** By command: what was counted before does not count any more. */
export function forgetFailures({ record }: Instance): void {
  record.counters = NO_RESTARTS;
  record.errored = null;
}

export function onWaitOver(god: God, instanceId: number): void {
  const instance = god.world.instances.get(instanceId);
  if (instance === undefined || god.ending) return;
  applyEvent(god, instance, { name: 'wait over', key: freshKey(instance), reason: 'starting again' });
}

/** The only place where a state changes: kept for the next God, logged, published, told to who waits for it. */
export function setState(god: God, instance: Instance, state: InstanceState): void {
  const { record } = instance;
  const before = instance.state;
  instance.state = state;
  record.errored = state.name === 'errored' ? state.reason : null;
  record.waiting = state.name === 'waiting' ? { untilMs: state.untilMs, reason: state.reason } : null;
  if (isAtRest(state)) record.restReason = state.reason;
  if (state.name === 'online')
    record.processes = record.processes.map((process) =>
      process.key === state.key ? { ...process, proof: state.reason } : process,
    );
  if (before.name === 'waiting' && state.name !== 'waiting')
    god.act({ kind: 'cancel-wait', instanceId: record.id });
  god.log(`${labelOf(instance)} ${before.name} → ${state.name} (${state.reason})`);
  // Another word for the same is no event: PM2's clients would count a second start.
  if (before.name !== 'launching' || state.name !== 'launching' || before.key !== state.key)
    publishState(god, instance);
  god.operations.stateChanged(instance);
  god.store.saveLater();
}

function publishState(god: God, { record, app, state }: Instance): void {
  god.publish({
    event: EVENT_WORDS[state.name],
    id: record.id,
    name: app.record.spec.name,
    namespace: app.record.spec.namespace,
    reason: state.reason,
    atMs: god.clock.nowMs(),
  });
}

/** PM2's words for the events of a process. */
const EVENT_WORDS: Readonly<Record<InstanceState['name'], string>> = {
  stopped: 'stop',
  errored: 'restart overlimit',
  waiting: 'waiting restart',
  awaiting: 'waiting restart',
  launching: 'start',
  online: 'online',
  replacing: 'reload',
  stopping: 'stopping',
  unreachable: 'unreachable',
};

/** A worker follows another by a restart or reload: PM2 counts that, and not the first start. */
function isRestart(before: InstanceState, event: InstanceEvent, after: InstanceState): boolean {
  if (event.name === 'candidate proven' || event.name === 'wait over') return after.name !== before.name;
  if (event.name !== 'exited') return false;
  if (before.name === 'stopping' && factsOfCause(before.cause).renews) return true;
  return after.name === 'launching';
}

function perform(
  god: God,
  instance: Instance,
  action: LifecycleAction,
  serving: readonly NonNullable<Instance['habits']>[number][] | null,
): void {
  switch (action.kind) {
    case 'start-worker':
      announceWorker(god, instance, action.key, serving);
      god.act({ kind: 'start-worker', instanceId: instance.record.id, key: action.key });
      break;
    case 'retire':
      retire(god, instance, action.key, action.cause);
      break;
    case 'admit':
      // What it has shown is what its successor is measured by.
      instance.habits = god.world.workers.get(action.key)?.listening ?? null;
      instance.record.generation =
        god.world.workers.get(action.key)?.generation ?? instance.record.generation;
      instance.tookMs = god.world.workers.get(action.key)?.tookMs ?? instance.tookMs;
      god.act(action);
      writePidFile(god, instance, action.key);
      break;
    case 'wait':
      god.act({ kind: 'wait', instanceId: instance.record.id, untilMs: action.untilMs });
      break;
  }
}

/** Ends a worker; noted first, so that the next God knows why it ended. */
export function retire(
  god: God,
  instance: Instance,
  key: string,
  cause: ExitCause,
  why = whyRetired(instance, cause),
): void {
  const { record } = instance;
  record.retiring = [...record.retiring.filter((worker) => worker.key !== key), { key, cause, why }];
  god.store.saveLater();
  god.act({ kind: 'retire', key, cause });
}

/** For whom or what: known now, and asked for by `pm why` when the worker has ended. */
function whyRetired({ app, record, state }: Instance, cause: ExitCause): string | null {
  if (cause === 'not ready' || cause === 'given up' || cause === 'offline') return state.reason;
  const isTrigger = cause === 'memory limit' || cause === 'cron' || cause === 'watch';
  return (isTrigger ? app.rollout?.occasion.reason : record.askedBy) ?? null;
}

function announceWorker(god: God, instance: Instance, key: string, serving: Instance['habits']): void {
  const { record, app, state, habits } = instance;
  record.incarnation++;
  const generation = state.name === 'replacing' ? generationOfCandidates(app) : record.generation;
  const specChanged = mayListenElsewhere(specOf(instance), specOfGeneration(app.record, generation));
  const listening = state.name === 'replacing' ? serving : habits;
  god.world.workers.set(key, {
    key,
    instanceId: record.id,
    generation,
    shimId: placeApp(app.record, god.settings.nodePath).shimId,
    sent: false,
    process: null,
    startedAtMs: null,
    startedTickMs: null,
    runningTickMs: null,
    tookMs: null,
    late: null,
    listening: [],
    readySent: false,
    listenError: null,
    predecessor:
      listening === null
        ? null
        : { listening, serves: state.name === 'replacing', specChanged, tookMs: instance.tookMs },
  });
}

/** A reload brings its own; when it has failed, the renewed ones are taken back. */
const generationOfCandidates = ({ record, rollout }: App): number => {
  if (rollout === null) return record.generation.number;
  return rollout.plan.phase === 'back' ? rollout.previous : rollout.target;
};

/** The pid file names the worker that is the instance's own. */
export function writePidFile(god: God, instance: Instance, key: string): void {
  const pid = god.world.workers.get(key)?.process?.pid;
  if (pid === undefined || !('key' in instance.state) || instance.state.key !== key) return;
  god.act({
    kind: 'write-pid-file',
    path: pidPathOf(instance.app.record.spec, instance.record.id, god.home),
    pid,
    spec: instance.app.record.spec,
  });
}

/** The app was changed from `before`: under another name its pid files have other paths. */
export function movePidFiles(god: God, app: App, before: AppSpec): void {
  for (const instance of instancesOf(god.world, app)) {
    const path = pidPathOf(before, instance.record.id, god.home);
    if (path === pidPathOf(app.record.spec, instance.record.id, god.home)) continue;
    god.act({ kind: 'remove-pid-file', path, spec: before });
    if ('key' in instance.state) writePidFile(god, instance, instance.state.key);
  }
}

function removeInstance(god: God, instance: Instance): void {
  const { record, app } = instance;
  const { world, store } = god;
  god.log(`${labelOf(instance)} removed`);
  world.instances.delete(record.id);
  app.record.instances.splice(app.record.instances.indexOf(record), 1);
  if (app.record.instances.length === 0) {
    world.apps.delete(app.record.id);
    store.state.apps.splice(store.state.apps.indexOf(app.record), 1);
  }
  // As PM2: ids start again from 0 once nothing is left.
  if (world.instances.size === 0) store.state.nextInstanceId = 0;
  god.publish({
    event: 'delete',
    id: record.id,
    name: app.record.spec.name,
    namespace: app.record.spec.namespace,
    reason: instance.state.reason,
    atMs: god.clock.nowMs(),
  });
  dismissIdleShim(god, instance);
  god.store.saveLater();
  god.operations.removed(record.id);
}

/** Nobody is to come any more: with the last worker its listeners go, so that clients are refused from then on. */
function closeListeners(god: God, app: App): void {
  const { shimId, kind } = placeApp(app.record, god.settings.nodePath);
  const isWanted = app.record.instances.some(({ desired }) => desired === 'running');
  if (kind === 'cluster' && !isWanted) god.act({ kind: 'close-listeners', shimId });
}

/**
 * A shim with nothing to do goes; the one of a cluster app with its listeners, so that clients are refused instead of
 * waiting for an app that is not wanted. The shared one stays while there are apps: the next start is faster.
 */
function dismissIdleShim(god: God, instance: Instance): void {
  const { apps, instances, workers } = god.world;
  const { record } = instance.app;
  const { shimId, kind } = placeApp(record, god.settings.nodePath);
  const isEmpty = (id: string): boolean => ![...workers.values()].some((worker) => worker.shimId === id);
  const isResting = record.instances.every(({ id }) => {
    const own = instances.get(id);
    return own === undefined || isAtRest(own.state);
  });
  const isIdle =
    kind === 'cluster'
      ? isResting
      : ![...apps.values()].some(({ record: { spec } }) => shimKindOf(spec) === 'fork');
  if (isIdle && god.shims.has(shimId) && isEmpty(shimId)) god.act({ kind: 'dismiss-shim', shimId });
  // Given up while it moved from one shim to another.
  for (const { id } of isResting ? god.shims.all() : [])
    if (id !== shimId && appOfShim(id) === record.id && isEmpty(id))
      god.act({ kind: 'dismiss-shim', shimId: id });
}

/** Shims in which no app is placed any more: whoever was to send them away has died before he did. */
export function dismissUnplacedShims({ world, settings, shims, act }: God): void {
  const placed = new Set(
    [...world.apps.values()].map(({ record }) => placeApp(record, settings.nodePath).shimId),
  );
  for (const { shimId } of world.workers.values()) placed.add(shimId);
  for (const { id } of shims.all()) if (!placed.has(id)) act({ kind: 'dismiss-shim', shimId: id });
}
