import { pmError } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import type { Generation, GenerationFacts } from '../../model/generation';
import { randomId } from '../../platform';
import type { God } from '../core/god';
import type { Desired } from '../policy/reconcile';
import type { SavedApp } from '../store/dump-file';
import { succeeded } from '../store/generations';
import { newInstanceRecord, type AppRecord, type InstanceRecord } from '../store/records';
import { addApp, addInstance, labelOf, type App, type Instance } from '../core/world';
import { assign, type Undo } from './undo';

/* Changes of what is desired: called within `commit`. */

/** Adds an app with its instances. The ids count up from the highest ever given. */
export function addNewApp(god: God, undo: Undo[], { spec, ...facts }: Generation): App {
  const app = addEmptyApp(god, undo, spec, { ...facts, number: 1 });
  addInstances(god, undo, app, spec.instances, spec.autostart ? 'running' : 'stopped');
  return app;
}

/** Adds an app as `pm save` has kept it. An id that somebody has now is not given twice. */
export function addSavedApp(
  god: God,
  undo: Undo[],
  { instances }: SavedApp,
  { spec, ...facts }: Generation,
): App {
  const app = addEmptyApp(god, undo, spec, { ...facts, number: 1 });
  const { state } = god.store;
  for (const saved of instances) {
    const { slot, desired, uniqueId, createdAtMs: nowMs, restReason, endedByItself } = saved;
    const id = god.world.instances.has(saved.id) ? state.nextInstanceId : saved.id;
    const record = newInstanceRecord({ id, slot, desired, uniqueId, nowMs, restReason });
    record.endedByItself = endedByItself;
    assign(undo, state, { nextInstanceId: Math.max(state.nextInstanceId, id + 1) });
    enterInstance(god, undo, app, record);
  }
  return app;
}

function addEmptyApp(
  god: God,
  undo: Undo[],
  spec: AppSpec,
  facts: GenerationFacts & { failure?: unknown },
): App {
  const { state } = god.store;
  const { failure: _new, ...generation } = facts;
  const record: AppRecord = {
    id: String(state.nextAppNumber),
    spec,
    generation,
    others: [],
    firstInterpreter: spec.interpreterPath,
    createdAtMs: god.clock.nowMs(),
    lastRolloutError: null,
    hasSaidReady: false,
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
  return app;
}

export function addInstances(god: God, undo: Undo[], app: App, count: number, desired: Desired): Instance[] {
  const slots = lowestFreeSlots(app.record.instances, count);
  return slots.map((slot) => {
    const { state } = god.store;
    const id = state.nextInstanceId;
    const record = newInstanceRecord({
      id,
      slot,
      desired,
      uniqueId: randomId(),
      nowMs: god.clock.nowMs(),
      generation: app.record.generation.number,
      ...(desired === 'stopped' ? { restReason: 'autostart is off' } : {}),
    });
    assign(undo, state, { nextInstanceId: id + 1 });
    return enterInstance(god, undo, app, record);
  });
}

function enterInstance(god: God, undo: Undo[], app: App, record: InstanceRecord): Instance {
  app.record.instances.push(record);
  const instance = addInstance(god.world, app, record);
  undo.push(() => {
    app.record.instances.splice(app.record.instances.indexOf(record), 1);
    god.world.instances.delete(record.id);
  });
  return instance;
}

/** As PM2: the numbers of instances that went are given to the next. */
function lowestFreeSlots(instances: readonly InstanceRecord[], count: number): number[] {
  const taken = new Set(instances.map(({ slot }) => slot));
  const free: number[] = [];
  for (let slot = 0; free.length < count; slot++) if (!taken.has(slot)) free.push(slot);
  return free;
}

/** Changes what is no matter of the version: how many instances, whether it is watched. */
export function amendSpec(undo: Undo[], app: App, spec: AppSpec): void {
  assign(undo, app.record, { spec });
}

/** From now on the app is started as that generation. What runs keeps its own until it is renewed. */
export function enterGeneration(undo: Undo[], app: App, next: Generation): void {
  assign(undo, app.record, succeeded(app.record, next, generationsInUse(app)));
}

/** Numbers of the generations that instances of the app run. */
export const generationsInUse = ({ record }: App): ReadonlySet<number> =>
  new Set(
    record.instances.flatMap(({ generation, processes }) => [
      generation,
      ...processes.map((process) => process.generation),
    ]),
  );

/** @throws PmError SHIM_SILENT */
export function want(undo: Undo[], instances: readonly Instance[], desired: Desired): void {
  for (const instance of instances) {
    if (instance.state.name === 'unreachable') {
      throw pmError('SHIM_SILENT', { instance: labelOf(instance), why: instance.state.reason });
    }
    assign(undo, instance.record, { desired, endedByItself: false });
  }
}
