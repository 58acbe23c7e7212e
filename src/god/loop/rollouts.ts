import { failpoint } from '../../platform';
import { pmError, type PmError } from '../../errors';
import type { God } from '../god';
import {
  createRollout,
  isOver,
  nextMoves,
  settleMove,
  type InstanceFacts,
  type Move,
  type MoveFailure,
  type Rollout,
} from '../policy/rollout';
import { placeApp } from '../policy/placement';
import { parseKey } from '../policy/adopt';
import type { Occasion, RolloutRecord } from '../store/records';
import { currentWorker, instancesOf, labelOf, type App, type Instance, type RunningRollout } from '../world';
import { applyEvent, forgetFailures, freshKey, movePidFiles, settle } from './instance';

/** Why an attempt to bring a worker online has failed. */
export type AttemptFailure = Omit<MoveFailure, 'instanceId'>;

/** Notes a rollout in the app's record, so that it is on disk together with the change that it is for. */
export function recordRollout(app: App, rollout: Omit<RolloutRecord, 'incarnations'>): RolloutRecord {
  const incarnations = app.record.instances.map(({ id, incarnation }) => [String(id), incarnation] as const);
  return { ...rollout, incarnations: Object.fromEntries(incarnations) };
}

/** Begins a reload or restart of some instances of an app, or goes on with what a God before this one had begun. */
export function beginRollout(god: God, app: App, record: RolloutRecord): void {
  const { id, kind, previousSpec, occasion, parallel } = record;
  const there = record.pending.filter((instanceId) => god.world.instances.has(instanceId));
  const progressOf = (instanceId: number): 'done' | 'started' | 'pending' => {
    const instance = god.world.instances.get(instanceId);
    const { key = '' } = instance === undefined || !('key' in instance.state) ? {} : instance.state;
    if ((parseKey(key)?.incarnation ?? 0) <= (record.incarnations[instanceId] ?? Infinity)) return 'pending';
    if (instance?.state.name === 'launching') return 'started';
    return instance?.state.name === 'online' ? 'done' : 'pending';
  };
  const started = there.filter((instanceId) => progressOf(instanceId) === 'started');
  const pending = there.filter((instanceId) => progressOf(instanceId) === 'pending');
  const plan = createRollout(kind, pending, isMoving(god, app) ? pending.length : (parallel ?? undefined));
  const active = started.map((instanceId) => ({ instanceId, how: 'start' as const }));
  app.rollout = { id, plan: { ...plan, active }, previousSpec, occasion };
  app.record.rollout = record;
  advance(god, app);
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

/** Another command goes before it: what is under way ends where it stands, and nothing more is begun. */
export function cancelRollout(god: God, app: App): void {
  const { rollout } = app;
  if (rollout === null) return;
  endRollout(app, rollout);
  for (const { instanceId, how } of rollout.plan.active) {
    const instance = god.world.instances.get(instanceId);
    if (how !== 'replace' || instance?.state.name !== 'replacing') continue;
    applyEvent(god, instance, { name: 'candidate failed', alive: true, reason: 'the reload was overtaken' });
  }
  const what = `The ${rollout.plan.kind} of ${app.record.spec.name}`;
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
    const pending = [...rollout.plan.active.map(({ instanceId }) => instanceId), ...rollout.plan.waiting];
    app.record.rollout = { ...app.record.rollout, pending };
  }
  for (const move of moves) begin(god, rollout.occasion, move);
  if (app.rollout === rollout && isOver(rollout.plan)) finish(god, app, rollout);
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
  const { shimId } = placeApp(instance.app.record, god.settings.nodePath);
  const isShared = currentWorker(god.world, instance)?.shimId === shimId;
  return { state: instance.state.name, mode: isShared ? instance.app.record.spec.execMode : 'fork' };
}

function begin(god: God, { cause, reason }: Occasion, { instanceId, how }: Move): void {
  const instance = god.world.instances.get(instanceId);
  if (instance === undefined) return;
  failpoint('rollout.move');
  forgetFailures(instance);
  instance.record.desired = 'running';
  if (how === 'replace') applyEvent(god, instance, { name: 'replace', key: freshKey(instance), reason });
  else if (how === 'start') startAgain(god, instance, reason);
  // One that is ending anyway is started when it has; told again it would only be given more time.
  else if (instance.state.name !== 'stopping') applyEvent(god, instance, { name: 'stop', cause, reason });
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

function finish(god: God, app: App, rollout: RunningRollout): void {
  const { record } = app;
  const { plan, previousSpec } = rollout;
  const isLatest = record.rollout?.id === rollout.id;
  endRollout(app, rollout);
  const { failure } = plan;
  if (failure === null) {
    record.lastRolloutError = null;
    closeWhatIsUnused(god, app);
    god.log(`${plan.kind} of ${record.spec.name} is done: ${plan.done.length} of ${plan.done.length}`);
    god.operations.rolloutEnded(rollout.id, record.id, null);
    return;
  }
  const instance = god.world.instances.get(failure.instanceId);
  const label = instance === undefined ? record.spec.name : labelOf(instance);
  const error =
    plan.kind === 'reload' ? reloadError(plan, failure, label) : restartError(plan, failure, label);
  if (plan.kind === 'reload') {
    record.lastRolloutError = `${label}: ${failure.why}`;
    // What was not proven is not what the app is started with from now on.
    if (previousSpec !== null && isLatest) {
      const { spec: unproven } = record;
      record.spec = previousSpec;
      movePidFiles(god, app, unproven);
    }
  }
  god.log(`${plan.kind} of ${record.spec.name} has ended at ${label}: ${failure.why}`);
  god.operations.rolloutEnded(rollout.id, record.id, error);
}

/** A version that listens elsewhere leaves the old address behind; clients must be refused there, not left waiting. */
function closeWhatIsUnused(god: God, app: App): void {
  const { shimId, kind } = placeApp(app.record, god.settings.nodePath);
  // Whoever is not online may want its listener again when it comes back.
  const isSettled = instancesOf(god.world, app).every(({ state }) => state.name === 'online');
  if (kind === 'cluster' && isSettled) god.act({ kind: 'close-listeners', shimId });
}

function reloadError(plan: Rollout, failure: MoveFailure, instance: string): PmError {
  const { done, waiting } = plan;
  const kept =
    done.length === 0
      ? 'The version before goes on; nothing else was changed.'
      : `${done.length} had been renewed before it, ${waiting.length + 1} go on as they were.`;
  return pmError('ROLLOUT_FAILED', { instance, why: failure.why, kept, stderr: failure.stderr });
}

/**
 * A restart that meets a failure leaves the rest alone: they still serve. As long as nothing was left undone an app
 * that dies at once is no error of the command (PM2-FACTS §8) – unless readiness was asked for, or it cannot run.
 */
function restartError(plan: Rollout, failure: MoveFailure, instance: string): PmError | null {
  const left = plan.waiting.length;
  if (left === 0 && !isError(failure)) return null;
  const rest =
    left === 0
      ? ''
      : `; ${left} more ${left === 1 ? 'was' : 'were'} not restarted and ${left === 1 ? 'goes' : 'go'} on as before`;
  return pmError('START_FAILED', { instance, why: `${failure.why}${rest}`, stderr: failure.stderr });
}

/** Failures that are the command's own; an app that starts and dies is not, unless another has its address. */
export const isError = ({ cause, couldListen = true }: AttemptFailure): boolean =>
  cause === 'not ready' || cause === 'spawn failed' || !couldListen;
