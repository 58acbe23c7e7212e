import type { AppSpec } from '../../model/app-spec';
import type { ListenAddress, ProcessIdentity } from '../../model/instance';
import { instanceLabel } from '../../model/app-spec';
import type { InstanceState } from './lifecycle';
import type { Predecessor } from '../policy/ready';
import type { Rollout } from '../policy/rollout';
import { specOfGeneration } from '../store/generations';
import type { AppRecord, GodState, InstanceRecord, Occasion } from '../store/records';

/** One worker as its shim tells; a cache that adoption rebuilds. */
export interface Worker {
  readonly key: string;
  readonly instanceId: number;
  /** Which generation of the app it runs. */
  readonly generation: number;
  /** Where it is to run, until its start has been sent; from then on where it runs. */
  shimId: string;
  /** False until its start has been sent to the shim: then nothing has to be ended. */
  sent: boolean;
  /** null until it has started. */
  process: ProcessIdentity | null;
  startedAtMs: number | null;
  /** The same moment by the monotonic clock, for durations. */
  startedTickMs: number | null;
  /** Since when its own program runs; null: it is still being loaded. */
  runningTickMs: number | null;
  /** How long it took from its start to what proves it (listening, `ready`); null: nothing of that yet. */
  tookMs: number | null;
  /** Why it is not proven although its time is over, as it was told; null: it was not. */
  late: string | null;
  listening: readonly ListenAddress[];
  readySent: boolean;
  listenError: string | null;
  predecessor: Predecessor | null;
  /** How it has proven itself as the candidate of an atomic reload; it waits for the switch. */
  proof?: string;
  /** It was to take the place of another, did not prove itself in time, and is being ended for it. */
  failure?: { readonly why: string; readonly rolloutId: string | null };
}

/** One instance: what is stored of it, and what it is doing. */
export interface Instance {
  readonly app: App;
  readonly record: InstanceRecord;
  state: InstanceState;
  /** What its last proven worker listened on; null: nothing is known, or the app was changed since. */
  habits: readonly ListenAddress[] | null;
  /** How long that worker took to listen, or to say `ready`; null: nothing is known. */
  tookMs: number | null;
}

export interface App {
  readonly record: AppRecord;
  rollout: RunningRollout | null;
  /** Why its files are not watched although they should be; null: they are, or need not be. */
  watchProblem: string | null;
}

export interface RunningRollout {
  /** The operation that it is part of. */
  readonly id: string;
  plan: Rollout;
  /** The number of the generation that it brings. */
  readonly target: number;
  /** And of the one before it. */
  readonly previous: number;
  /** Who wanted it: a command, or a trigger of God's own. */
  readonly occasion: Occasion;
}

/** Everything that God knows of now. Changed by the control loop alone. */
export interface World {
  readonly apps: Map<string, App>;
  readonly instances: Map<number, Instance>;
  readonly workers: Map<string, Worker>;
}

const UNKNOWN: InstanceState = { name: 'stopped', reason: 'never started' };

export function makeWorld(state: GodState): World {
  const world: World = { apps: new Map(), instances: new Map(), workers: new Map() };
  for (const record of state.apps) addApp(world, record);
  return world;
}

export function addApp(world: World, record: AppRecord): App {
  const app: App = { record, rollout: null, watchProblem: null };
  world.apps.set(record.id, app);
  for (const instance of record.instances) addInstance(world, app, instance);
  return app;
}

export function addInstance(world: World, app: App, record: InstanceRecord): Instance {
  const state = record.restReason === '' ? UNKNOWN : { ...UNKNOWN, reason: record.restReason };
  const instance: Instance = { app, record, state, habits: null, tookMs: null };
  world.instances.set(record.id, instance);
  return instance;
}

/** In the order of their ids, as every list shows them. */
export const allInstances = (world: World): Instance[] =>
  [...world.instances.values()].sort((a, b) => a.record.id - b.record.id);

export const instancesOf = (world: World, app: App): Instance[] =>
  app.record.instances.flatMap(({ id }) => world.instances.get(id) ?? []);

/** The worker that counts as the instance's own now. */
export function currentWorker(world: World, instance: Instance): Worker | null {
  const { state } = instance;
  return 'key' in state ? (world.workers.get(state.key) ?? null) : null;
}

/** Workers of the instance that were told to end and are no longer its own. */
export const retiredKeys = ({ record, state }: Instance): string[] =>
  record.retiring.map(({ key }) => key).filter((key) => !('key' in state && state.key === key));

/** What an instance is started with, and crashes back to: its own generation, which a reload under way may leave behind. */
export const specOf = ({ app, record }: Instance): AppSpec => specOfGeneration(app.record, record.generation);

export const labelOf = (instance: Instance): string =>
  instanceLabel(instance.app.record.spec.name, instance.record.id);
