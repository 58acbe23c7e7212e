import { randomUUID } from 'node:crypto';
import { pmError } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import { longestEndMs } from '../effects/ladder';
import type { God } from '../god';
import type { Goal } from '../operation';
import type { Desired } from '../policy/reconcile';
import type { RolloutKind } from '../policy/rollout';
import { newInstanceRecord, type AppRecord, type InstanceRecord } from '../store/records';
import { addApp, addInstance, instancesOf, labelOf, type App, type Instance, type Occasion } from '../world';
import { assign, type Undo } from './commit';
import { forgetFailures, movePidFiles, settle } from './instance';
import { beginRollout, cancelRollout, startAgain } from './rollouts';

/* Changes of what is desired: called within `commit`. */

/** Adds an app with its instances. The ids count up from the highest ever given. */
export function addNewApp(god: God, undo: Undo[], spec: AppSpec): App {
  const { state } = god.store;
  const record: AppRecord = {
    id: String(state.nextAppNumber),
    spec,
    createdAtMs: god.clock.nowMs(),
    lastRolloutError: null,
    rollout: null,
    instances: [],
  };
  assign(undo, state, { nextAppNumber: state.nextAppNumber + 1 });
  state.apps.push(record);
  const app = addApp(god.world, record);
  undo.push(() => {
    state.apps.splice(state.apps.indexOf(record), 1);
    god.world.apps.delete(record.id);
  });
  const desired = spec.autostart ? 'running' : 'stopped';
  addInstances(god, undo, app, spec.instances, desired);
  return app;
}

export function addInstances(god: God, undo: Undo[], app: App, count: number, desired: Desired): Instance[] {
  return Array.from({ length: count }, () => {
    const { state } = god.store;
    const id = state.nextInstanceId;
    const record = newInstanceRecord({
      id,
      slot: lowestFreeSlot(app.record.instances),
      desired,
      uniqueId: randomUUID(),
      nowMs: god.clock.nowMs(),
      ...(desired === 'stopped' ? { restReason: 'autostart is off' } : {}),
    });
    assign(undo, state, { nextInstanceId: id + 1 });
    app.record.instances.push(record);
    const instance = addInstance(god.world, app, record);
    undo.push(() => {
      app.record.instances.splice(app.record.instances.indexOf(record), 1);
      god.world.instances.delete(id);
    });
    return instance;
  });
}

/** As PM2: the number of an instance that went is given to the next. */
function lowestFreeSlot(instances: readonly InstanceRecord[]): number {
  const taken = new Set(instances.map(({ slot }) => slot));
  let slot = 0;
  while (taken.has(slot)) slot++;
  return slot;
}

export function changeSpec(undo: Undo[], app: App, spec: AppSpec): void {
  assign(undo, app.record, { spec });
}

/** @throws PmError SHIM_SILENT */
export function want(undo: Undo[], instances: readonly Instance[], desired: Desired): void {
  for (const instance of instances) {
    if (instance.state.name === 'unreachable') {
      throw pmError('SHIM_SILENT', { instance: labelOf(instance), why: instance.state.reason });
    }
    assign(undo, instance.record, { desired, endedByItself: false });
  }
}

/* What follows once the change is on disk: called as a `command` event. */

export interface BegunOperation {
  readonly what: string;
  readonly starts?: readonly Instance[];
  readonly ends?: readonly Instance[];
  readonly rollouts?: readonly RolloutRequest[];
  readonly warnings?: readonly string[];
}

export interface RolloutRequest {
  readonly kind: RolloutKind;
  readonly app: App;
  readonly instances: readonly Instance[];
  /** null: the app was not changed. */
  readonly previousSpec: AppSpec | null;
  readonly parallel?: number | undefined;
  readonly occasion?: Occasion | undefined;
}

/**
 * Starts, ends and renews instances as one event of the loop, and tells the id of the operation that waits for it.
 * What an older command still wanted of these instances is given up: the newer one goes before it.
 */
export function beginOperation(god: God, request: BegunOperation): string {
  const ids: string[] = [];
  god.enqueue({ type: 'command', run: () => ids.push(carryOut(god, request)) });
  // The loop awaits nothing, so whoever is not within one of its events finds it idle, and the event handled.
  const [id] = ids;
  if (id === undefined) throw new Error(`${request.what} could not be begun`);
  return id;
}

function carryOut(god: God, request: BegunOperation): string {
  const { starts = [], ends = [], rollouts = [], warnings = [] } = request;
  const renewed = rollouts.flatMap(({ instances }) => instances);
  const all = [...new Set([...starts, ...ends, ...renewed])];
  const goals = new Map<number, Goal>([
    ...starts.map(({ record }): [number, Goal] => [record.id, 'online']),
    ...ends.map(({ record }): [number, Goal] => [
      record.id,
      record.desired === 'stopped' ? 'stopped' : 'gone',
    ]),
  ]);
  const wanted = renewed.map(({ record }): [number, Goal] => [record.id, 'online']);
  god.operations.overtake(new Map([...goals, ...wanted]));
  for (const app of new Set([...ends, ...renewed].map((instance) => instance.app))) cancelRollout(god, app);
  const id = god.operations.begin({
    what: request.what,
    instanceIds: all.map(({ record }) => record.id),
    goals,
    rollouts: rollouts.map(({ app }) => app.record.id),
    warnings,
    deadlineMs: budgetMs(request),
  });
  for (const instance of starts) {
    forgetFailures(instance);
    startAgain(god, instance, 'starting');
  }
  for (const instance of ends) settle(god, instance);
  for (const { kind, app, instances, previousSpec, parallel, occasion } of rollouts) {
    // What the workers before did tells nothing about an app that was changed; a surge compares for itself.
    if (previousSpec !== null) {
      for (const instance of instancesOf(god.world, app)) instance.habits = null;
      movePidFiles(god, app, previousSpec);
    }
    const instanceIds = instances.map(({ record }) => record.id);
    beginRollout(god, app, { kind, instanceIds, previousSpec, parallel, occasion });
  }
  god.operations.checkAll((instanceId) => god.world.instances.get(instanceId));
  return id;
}

/** Each start waits for a boot slot and perhaps for its shim: allowed for beyond what the app itself may take. */
const START_ALLOWANCE_MS = 20_000;
const START_ALLOWANCE_EACH_MS = 500;

/** The longest that all this may take by the app's own settings. One after the other where they go one by one. */
function budgetMs({ starts = [], ends = [], rollouts = [] }: BegunOperation): number {
  const longest = (times: readonly number[]): number => Math.max(0, ...times);
  const startMs = ({ app }: Instance): number =>
    app.record.spec.listenTimeoutMs + app.record.spec.killTimeoutMs;
  const endMs = ({ app }: Instance): number => longestEndMs(app.record.spec, 'restart');
  const renewMs = rollouts.map(({ instances }) =>
    instances.reduce((sum, instance) => sum + startMs(instance) + endMs(instance), 0),
  );
  const each = (starts.length + rollouts.length) * START_ALLOWANCE_EACH_MS;
  return (
    START_ALLOWANCE_MS + each + longest(starts.map(startMs)) + longest(ends.map(endMs)) + longest(renewMs)
  );
}
