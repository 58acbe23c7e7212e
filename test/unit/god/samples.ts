import type { Generation } from '../../../src/model/generation';
import { homeAt } from '../../../src/home/paths';
import type { AppSpec } from '../../../src/model/app-spec';
import type { ShimEvent } from '../../../src/protocol/shim';
import { readAppSpec } from '../../../src/protocol/guards';
import type { Action } from '../../../src/god/core/actions';
import { makeControlLoop } from '../../../src/god/loop/control-loop';
import type { LoopEvent } from '../../../src/god/core/events';
import type { God } from '../../../src/god/core/god';
import { beginOperation } from '../../../src/god/loop/commands';
import { addNewApp } from '../../../src/god/loop/desired';
import { makeOperations } from '../../../src/god/operations/operations';
import { emptyState, type GodState } from '../../../src/god/store/records';
import { makeStore } from '../../../src/god/store/store';
import { instancesOf, makeWorld, type App, type Instance } from '../../../src/god/core/world';

/** A whole app with every default of the attributes. */
export const sampleGeneration = (spec: AppSpec): Generation => ({
  number: 1,
  createdAtMs: 5,
  by: 'ann',
  origin: 'start',
  revision: null,
  realScript: spec.script,
  realCwd: spec.cwd,
  spec,
  failure: null,
});

export function sampleSpec(changes: Partial<AppSpec> = {}): AppSpec {
  const spec = readAppSpec({
    name: 'api',
    cwd: '/srv',
    script: '/srv/api.js',
    args: [],
    interpreterPath: '/usr/bin/node',
    interpreter: 'node',
    nodeArgs: [],
    execMode: 'cluster',
    instances: 1,
    instancesGiven: true,
    env: {},
    envNames: [],
    username: 'me',
    version: '1.0.0',
    withoutEffect: [],
    ...changes,
  });
  if (spec === null) throw new Error('the sample is no AppSpec');
  return spec;
}

/** God's loop with recorded actions, a clock that the test moves and a disk that may be full. */
export interface LoopBench {
  readonly god: God;
  readonly actions: Action[];
  readonly lines: string[];
  readonly events: LoopEvent[];
  readonly clock: { nowMs: number };
  readonly disk: { isFull: boolean };
  /** Kinds and keys of the actions since the last call. */
  takeActions(): string[];
  addApp(changes?: Partial<AppSpec>): App;
  start(app: App): string;
  /** What a shim would tell. */
  tell(event: Record<string, unknown> & { type: ShimEvent['type']; key: string }): void;
  boot(key: string): void;
  exit(key: string, end?: { code?: number | null; signal?: string | null; uptimeMs?: number }): void;
  states(app: App): string[];
}

export function makeLoopBench(state: GodState = emptyState()): LoopBench {
  const actions: Action[] = [];
  const lines: string[] = [];
  const events: LoopEvent[] = [];
  const clock = { nowMs: 1_000_000 };
  const disk = { isFull: false };
  const store = makeStore({
    path: 'state.json',
    state,
    onFailure: (why) => lines.push(why),
    write: async () => {
      if (disk.isFull) throw new Error('ENOSPC: no space left on device, write');
    },
  });
  const loop = makeControlLoop(() => god);
  const god: God = {
    home: homeAt('/home'),
    settings: {
      version: '0',
      startedAtMs: 0,
      number: 1,
      killSignal: 'SIGINT',
      memoryIntervalMs: 2000,
      nodePath: '/usr/bin/node',
    },
    clock: { nowMs: () => clock.nowMs, tickMs: () => clock.nowMs, random: () => 0.5 },
    world: makeWorld(state),
    store,
    shims: {
      has: () => true,
      get: () => null,
      all: () => [],
      ensure: () => Promise.reject(new Error('no shims here')),
      follow: () => undefined,
      setSilent: () => undefined,
      dismiss: () => Promise.resolve(),
      close: () => undefined,
    },
    timers: { set: () => undefined, clear: () => undefined, clearAll: () => undefined },
    operations: makeOperations({ records: state.operations, god: 1, nowMs: () => clock.nowMs }),
    log: (text) => lines.push(text),
    enqueue: (event) => {
      events.push(event);
      loop(event);
    },
    act: (action) => {
      if (action.kind === 'start-worker') {
        const worker = god.world.workers.get(action.key);
        if (worker !== undefined) worker.sent = true;
      }
      if (action.kind === 'persist') {
        const tellOutcome = (failure: string | null): void =>
          god.enqueue({ type: 'persisted', appId: action.appId, rolloutId: action.rolloutId, failure });
        void god.store.save().then(
          () => tellOutcome(null),
          (error: unknown) => tellOutcome(String(error)),
        );
      }
      actions.push(action);
    },
    publish: () => undefined,
    ending: false,
  };
  let seq = 0;
  const tell: LoopBench['tell'] = (event) =>
    god.enqueue({
      type: 'shim-event',
      shimId: 's',
      event: { seq: ++seq, atMs: clock.nowMs, ...event } as ShimEvent,
    });
  return {
    god,
    actions,
    lines,
    events,
    clock,
    disk,
    takeActions: () => actions.splice(0).map(inShort),
    addApp: (changes) => addNewApp(god, [], sampleGeneration(sampleSpec(changes))),
    start: (app) => beginOperation(god, { what: 'The start', starts: instancesOf(god.world, app) }),
    tell,
    boot: (key) => {
      tell({ type: 'started', key, process: { pid: 100 + seq, startTicks: 1 } });
      tell({ type: 'listening', key, address: { port: 3000, address: null, family: 6 } });
    },
    exit: (key, { code = 1, signal = null, uptimeMs = 5000 } = {}) =>
      tell({ type: 'exited', key, pid: 7, code, signal, uptimeMs, stderrTail: ['Error: no config'] }),
    states: (app) => instancesOf(god.world, app).map(stateInShort),
  };
}

const stateInShort = ({ state }: Instance): string =>
  'key' in state ? `${state.name} ${state.key}` : state.name;

function inShort(action: Action): string {
  if (action.kind === 'retire') return `retire ${action.key} (${action.cause})`;
  if ('key' in action) return `${action.kind} ${action.key}`;
  return action.kind;
}
