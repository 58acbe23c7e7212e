import { failpoint } from '../../platform';
import { pmError } from '../../errors';
import type { Action } from '../core/actions';
import type { God } from '../core/god';
import type { ExitDecision } from '../core/lifecycle';
import {
  createRollout,
  isOver,
  nextMoves,
  settleMove,
  switched,
  type InstanceFacts,
  type Move,
  type AttemptFailure,
} from '../policy/rollout';
import { placeApp } from '../policy/placement';
import { mayListenElsewhere } from '../policy/ready';
import { parseKey } from '../policy/adopt';
import { generationOf, succeeded, withFailed } from '../store/generations';
import type { AppRecord, RolloutRecord } from '../store/records';
import {
  currentWorker,
  instancesOf,
  specOf,
  type App,
  type Instance,
  type RunningRollout,
} from '../core/world';
import { generationsInUse } from './desired';
import { applyEvent, forgetFailures, freshKey, movePidFiles, settle } from './instance';
import { errorOf, reportEnd } from './rollout-report';

/** Notes a rollout in the app's record, so that it is on disk together with the change that it is for. */
export function recordRollout(
  app: App,
  rollout: Omit<RolloutRecord, 'incarnations' | 'switching'>,
): RolloutRecord {
  const incarnations = app.record.instances.map(({ id, incarnation }) => [String(id), incarnation] as const);
  return { ...rollout, incarnations: Object.fromEntries(incarnations), switching: null };
}

/** How far an instance is, as a God who takes over a rollout finds it. */
type Progress = 'done' | 'started' | 'proven' | 'pending';

/** Begins a reload or restart of some instances of an app, or goes on with what a God before this one had begun. */
export function beginRollout(god: God, app: App, record: RolloutRecord): void {
  const { id, kind, mode, next, previous, occasion, parallel, switching } = record;
  const target = next?.number ?? app.record.generation.number;
  const there = record.pending.filter((instanceId) => god.world.instances.has(instanceId));
  const being = (wanted: Progress): number[] =>
    there.filter((instanceId) => progressOf(god, record, instanceId) === wanted);
  const options = {
    mode,
    parallel: isMoving(god, app) ? there.length : (parallel ?? undefined),
    goesBack: kind === 'reload' && previous !== target && switching === null,
  };
  const plan = createRollout(kind, being('pending'), options);
  const active = being('started').map((instanceId) => ({ instanceId, how: 'start' as const }));
  const phase = switching === null ? plan.phase : 'switch';
  app.rollout = {
    id,
    plan: { ...plan, phase, active, proven: being('proven') },
    target,
    previous,
    occasion,
  };
  app.record.rollout = record;
  if (switching === null) advance(god, app);
  else performSwitch(god, app, app.rollout);
}

function progressOf(god: God, record: RolloutRecord, instanceId: number): Progress {
  const state = god.world.instances.get(instanceId)?.state;
  if (state === undefined) return 'pending';
  const candidate = record.switching?.[instanceId];
  if (candidate !== undefined && 'candidate' in state && state.candidate === candidate) return 'proven';
  // Before the switch a newer worker is one that came after a crash, of the old generation.
  if (record.mode === 'atomic' && record.switching === null) return 'pending';
  const { key = '' } = 'key' in state ? state : {};
  if ((parseKey(key)?.incarnation ?? 0) <= (record.incarnations[instanceId] ?? Infinity)) return 'pending';
  if (state.name === 'launching') return 'started';
  return state.name === 'online' ? 'done' : 'pending';
}

/** An attempt has ended, well (null) or not: whoever waits for the instance hears of it. */
export function attemptEnded(god: God, instance: Instance, failure: AttemptFailure | null): void {
  // First the words, then the end that they belong to.
  if (failure !== null) god.operations.attemptFailed(instance, failure);
  const { rollout } = instance.app;
  if (rollout === null) return;
  rollout.plan = settleMove(rollout.plan, instance.record.id, failure);
  advance(god, instance.app);
}

/**
 * An attempt is not proven in time, and goes on. Who waits for it is told so and waits no longer, unless that was asked for.
 * Of those that still serve none is ended for one that may never.
 */
export function attemptLate(god: God, instance: Instance, reason: string): void {
  const { app } = instance;
  god.operations.attemptLate(instance, reason);
  const { rollout } = app;
  if (rollout === null || god.operations.isPatient(rollout.id)) return;
  const isServing = (id: number): boolean => god.world.instances.get(id)?.state.name === 'online';
  if (rollout.plan.waiting.some(isServing)) {
    attemptEnded(god, instance, { why: reason, stderr: [], cause: 'not ready' });
    return;
  }
  rollout.plan = settleMove(rollout.plan, instance.record.id, null);
  advance(god, app);
}

/** Another command goes before it: what is under way ends where it stands, and nothing more is begun. */
export function cancelRollout(god: God, app: App): void {
  const { rollout } = app;
  if (rollout === null) return;
  endRollout(app, rollout);
  const what = `The ${rollout.plan.kind} of ${app.record.spec.name}`;
  endCandidates(god, app, 'the reload was overtaken');
  god.operations.rolloutEnded(rollout.id, app.record.id, pmError('SUPERSEDED', { what }));
}

/**
 * Begins what may begin now, or ends the rollout. A move may end while it is begun, so this may be nested. While a command
 * that goes before it is on its way to disk nothing is begun: it would mean to run what that one ends.
 */
export function advance(god: God, app: App): void {
  const { rollout } = app;
  if (rollout === null) return;
  let moves: readonly Move[] = [];
  if (app.record.rollout?.id === rollout.id) {
    ({ rollout: rollout.plan, moves } = nextMoves(rollout.plan, (id) => factsOf(god, id)));
    const { active, proven, waiting } = rollout.plan;
    const pending = [...active.map(({ instanceId }) => instanceId), ...proven, ...waiting];
    app.record.rollout = { ...app.record.rollout, pending };
  }
  for (const move of moves) begin(god, rollout, move);
  if (app.rollout !== rollout) return;
  if (rollout.plan.phase === 'switch') decideSwitch(god, app, rollout);
  else if (isOver(rollout.plan)) finish(god, app, rollout);
  god.store.saveLater();
}

/**
 * To another shim. All at once then: the new ones can have the addresses only when the last of the old ones has gone
 * (effects/former-shims.ts).
 */
function isMoving(god: God, app: App): boolean {
  const { shimId } = placeApp(app.record, god.settings.nodePath);
  return instancesOf(god.world, app).some((instance) => {
    const worker = currentWorker(god.world, instance);
    return worker !== null && worker.shimId !== shimId;
  });
}

function factsOf(god: God, instanceId: number): InstanceFacts {
  const instance = god.world.instances.get(instanceId);
  if (instance === undefined) return { state: 'stopped', mode: 'fork' };
  // Old and new can share their listeners only within one shim: an app that changes its mode is stopped first.
  const { shimId, kind } = placeApp(instance.app.record, god.settings.nodePath);
  const isShared = currentWorker(god.world, instance)?.shimId === shimId;
  return { state: instance.state.name, mode: isShared ? kind : 'fork' };
}

function begin(god: God, rollout: RunningRollout, { instanceId, how }: Move): void {
  const instance = god.world.instances.get(instanceId);
  if (instance === undefined) return;
  failpoint('rollout.move');
  const { cause, reason } = rollout.occasion;
  forgetFailures(instance);
  instance.record.desired = 'running';
  if (how === 'replace') {
    applyEvent(god, instance, { name: 'replace', key: freshKey(instance), reason });
    return;
  }
  takeGeneration(instance, rollout.plan.phase === 'back' ? rollout.previous : rollout.target);
  if (how === 'start') startAgain(god, instance, reason);
  // One that is ending anyway is started when it has; told again it would only be given more time.
  else if (instance.state.name !== 'stopping') applyEvent(god, instance, { name: 'stop', cause, reason });
}

/** Its next worker is of that generation. What the one before listened on tells nothing where another may do otherwise. */
function takeGeneration(instance: Instance, generation: number): void {
  const before = specOf(instance);
  instance.record.generation = generation;
  if (mayListenElsewhere(before, specOf(instance))) instance.habits = null;
}

/** Starts an instance that is meant to run and has no worker, whatever it was waiting for. */
export function startAgain(god: God, instance: Instance, reason: string): void {
  if (instance.state.name === 'stopping') settle(god, instance);
  else applyEvent(god, instance, { name: 'start', key: freshKey(instance), reason });
}

function endRollout(app: App, { id }: RunningRollout): void {
  app.rollout = null;
  if (app.record.rollout?.id === id) app.record.rollout = null;
}

/* The switch of an atomic reload: decided, written, carried out. */

/** Every candidate is proven. Written first: a God that dies in the middle has his successor go forward, not back. */
function decideSwitch(god: God, app: App, rollout: RunningRollout): void {
  const { rollout: record } = app.record;
  if (record?.id !== rollout.id || record.switching !== null) return;
  const keys = rollout.plan.proven.flatMap((instanceId) => {
    const state = god.world.instances.get(instanceId)?.state;
    return state !== undefined && 'candidate' in state ? [[String(instanceId), state.candidate]] : [];
  });
  app.record.rollout = { ...record, switching: Object.fromEntries(keys) as Record<string, string> };
  enterNext(god, app);
  god.act({ kind: 'persist', appId: app.record.id, rolloutId: rollout.id });
}

/** The app is what the reload has brought. */
function enterNext(god: God, app: App): void {
  const { rollout, spec: before } = app.record;
  if (rollout?.next == null) return;
  const { next } = rollout;
  Object.assign(app.record, succeeded(app.record, next, generationsInUse(app)));
  app.record.rollout = { ...rollout, next: null };
  movePidFiles(god, app, before);
}

/** What `persist` asked for has come to its end. */
export function onPersisted(
  god: God,
  {
    appId,
    rolloutId,
    failure,
  }: { readonly appId: string; readonly rolloutId: string; readonly failure: string | null },
): void {
  const app = god.world.apps.get(appId);
  const rollout = app?.rollout;
  if (app === undefined || rollout?.id !== rolloutId || rollout.plan.phase !== 'switch') return;
  if (failure === null) {
    performSwitch(god, app, rollout);
    return;
  }
  undecideSwitch(app, rollout);
  const [instanceId = 0] = rollout.plan.proven;
  const why = `the switch could not be written: ${failure}`;
  rollout.plan = {
    ...rollout.plan,
    phase: 'prove',
    failure: { instanceId, why, stderr: [], cause: 'not ready' },
  };
  advance(god, app);
}

/** The disk has refused it, so nothing has happened. */
function undecideSwitch({ record }: App, { previous, target }: RunningRollout): void {
  if (record.rollout !== null) record.rollout = { ...record.rollout, switching: null };
  const before = generationOf(record, previous);
  const next = generationOf(record, target);
  if (before === undefined || next === undefined || previous === target) return;
  Object.assign(record, succeeded(record, before, new Set()));
  record.others = record.others.filter(({ number }) => number !== target);
  if (record.rollout !== null) record.rollout = { ...record.rollout, next };
}

/** All candidates are admitted and all old workers retired, in one message to the shim. */
function performSwitch(god: God, app: App, rollout: RunningRollout): void {
  failpoint('switch');
  const { plan, occasion } = rollout;
  const actions: Action[] = [];
  const collecting: God = { ...god, act: (action) => void actions.push(action) };
  const admitted = plan.proven.filter((instanceId) => {
    const instance = god.world.instances.get(instanceId);
    const state = instance?.state;
    if (instance === undefined || state === undefined || !('candidate' in state)) return false;
    const reason = god.world.workers.get(state.candidate)?.proof ?? 'proven before the switch';
    applyEvent(collecting, instance, { name: 'candidate proven', cause: occasion.cause, reason });
    return true;
  });
  sendAtOnce(god, actions);
  rollout.plan = switched(plan, admitted);
  advance(god, app);
}

function sendAtOnce(god: God, actions: readonly Action[]): void {
  const admit = actions.flatMap((action) => (action.kind === 'admit' ? [action.key] : []));
  const retire = actions.flatMap((action) =>
    action.kind === 'retire' ? [{ key: action.key, cause: action.cause }] : [],
  );
  god.act({ kind: 'switch', admit, retire });
  for (const action of actions) if (action.kind !== 'admit' && action.kind !== 'retire') god.act(action);
}

/* Crashes while an atomic reload is under way. */

/** A candidate that is on its way may not take the place of a worker that has ended before all are proven. */
export const awaitsSwitch = ({ rollout }: App): boolean =>
  rollout !== null && (rollout.plan.phase === 'prove' || rollout.plan.phase === 'switch');

/** The end of the reload comes sooner; this is for a God that dies with it. */
const HOLD_MS = 60_000;
const HELD = 'waits for the end of the reload';

/**
 * The code on the disk may be the new one already, and an unproven new worker must serve nobody: as long as others serve,
 * an instance that the reload has not reached yet waits until it is over.
 */
export function held(god: God, instance: Instance, decision: ExitDecision): ExitDecision {
  const { app, state } = instance;
  if (decision.kind !== 'restart' || state.name !== 'online' || !awaitsSwitch(app)) return decision;
  const serves = (other: Instance): boolean =>
    other !== instance && (other.state.name === 'online' || other.state.name === 'replacing');
  if (!instancesOf(god.world, app).some(serves)) return decision;
  return {
    kind: 'restart',
    delayMs: HOLD_MS,
    untilMs: god.clock.nowMs() + HOLD_MS,
    reason: `${HELD}, ${decision.reason}`,
  };
}

function startHeld(god: God, app: App): void {
  for (const instance of instancesOf(god.world, app)) {
    const { state, record } = instance;
    if (state.name !== 'waiting' || !state.reason.startsWith(HELD) || record.desired !== 'running') continue;
    startAgain(god, instance, 'the reload is over');
  }
}

/** Candidates that were not admitted: they have served nobody. */
function endCandidates(god: God, app: App, reason: string): void {
  for (const instance of instancesOf(god.world, app)) {
    const { state } = instance;
    if (!('candidate' in state)) continue;
    const worker = god.world.workers.get(state.candidate);
    if (worker !== undefined) worker.failure = { why: reason, rolloutId: null };
    applyEvent(god, instance, {
      name: 'candidate failed',
      key: freshKey(instance),
      alive: true,
      cause: 'given up',
      reason,
    });
  }
  startHeld(god, app);
}

/* The end. */

function finish(god: God, app: App, rollout: RunningRollout): void {
  const { record } = app;
  const { plan } = rollout;
  const { failure } = plan;
  const isLatest = record.rollout?.id === rollout.id;
  const next = isLatest ? (record.rollout?.next ?? null) : null;
  if (failure === null) enterNext(god, app);
  endRollout(app, rollout);
  if (failure !== null) {
    const { why } = failure;
    if (next !== null) {
      leaveGeneration(record, rollout);
      keepAsFailed(app, { ...next, failure: why });
    }
    endCandidates(god, app, `the reload failed: ${why}`);
  } else {
    record.lastRolloutError = null;
    startHeld(god, app);
    closeWhatIsUnused(god, app);
  }
  const error = failure === null ? null : errorOf(god, app, rollout, failure);
  reportEnd(god, app, plan, failure);
  god.operations.rolloutEnded(rollout.id, record.id, error);
}

/** Whoever was to be started as the new generation and never got ready is started as the one before. */
function leaveGeneration(record: AppRecord, { target, previous, plan }: RunningRollout): void {
  const isRenewed = (id: number): boolean => plan.phase !== 'back' && plan.done.includes(id);
  for (const instance of record.instances)
    if (instance.generation === target && !isRenewed(instance.id)) instance.generation = previous;
}

function keepAsFailed(app: App, failed: Parameters<typeof withFailed>[1]): void {
  app.record.others = withFailed(app.record, failed, generationsInUse(app));
}

/** A version that listens elsewhere leaves the old address behind; clients must be refused there, not left waiting. */
function closeWhatIsUnused(god: God, app: App): void {
  const { shimId, kind } = placeApp(app.record, god.settings.nodePath);
  // Whoever is not online may want its listener again when it comes back.
  const isSettled = instancesOf(god.world, app).every(({ state }) => state.name === 'online');
  if (kind === 'cluster' && isSettled) god.act({ kind: 'close-listeners', shimId });
}
