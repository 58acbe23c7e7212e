import type { ExitCause } from '../../model/instance';

/*
 * The state machine of one instance: (state, event) → state and what is to be done. Pure.
 *
 *               start              proven              replace
 *     stopped ────────► launching ────────► online ────────────────► replacing
 *     errored ────────►   ▲ ▲ │               │  ◄──────────────────── │  │
 *                         │ │ │ unready, stop │    candidate proven,   │  │
 *               wait over │ │ │               │ stop  candidate failed │  │ stop
 *     waiting ────────────┘ │ └──────────┐    │                        │  │
 *       ▲                   │            ▼    ▼                        │  │
 *       │                   │           stopping ◄─────────────────────┼──┘
 *       │                   │                                          │
 *       │                   └── exited: the candidate takes its place ─┘
 *       │
 *       └─ exited, as decided: launching (restart at once) | waiting (restart later) | stopped | errored
 *          – from launching, online and stopping
 *
 *     stop: waiting, errored → stopped. What comes after `stopped` – another start, the removal – is reconcile's.
 *
 *     awaiting: entered from `replacing` when the old worker ends in an atomic reload, before the candidate may take
 *     its place; left for online (candidate proven), launching (candidate failed: the old version again) or stopping.
 *
 *     unreachable: entered and left by adoption only.
 *
 * A worker that was retired by a reload is no longer part of any state: it ends on its own, in the list
 * `retiring` of its instance.
 */

/** What an instance is doing. Each variant carries only what is valid then; keys name workers. */
export type InstanceState =
  | { readonly name: 'stopped'; readonly reason: string }
  | { readonly name: 'errored'; readonly reason: string }
  | { readonly name: 'waiting'; readonly untilMs: number; readonly reason: string }
  | { readonly name: 'launching'; readonly key: string; readonly reason: string }
  | { readonly name: 'online'; readonly key: string; readonly reason: string }
  /** Surge reload: the old worker serves while the candidate proves itself. */
  | { readonly name: 'replacing'; readonly key: string; readonly candidate: string; readonly reason: string }
  /** Atomic reload: the old worker has ended, and the candidate is given nothing before the others are proven too. */
  | { readonly name: 'awaiting'; readonly candidate: string; readonly reason: string }
  | { readonly name: 'stopping'; readonly key: string; readonly cause: ExitCause; readonly reason: string }
  /** Its shim lives but does not answer: nobody knows what it does. Only adoption enters and leaves it. */
  | { readonly name: 'unreachable'; readonly reason: string };

export type StateName = InstanceState['name'];
type StateOf<S extends StateName> = Extract<InstanceState, { name: S }>;

/** What policy says after an end. `untilMs` is the epoch time of the next start. */
export type ExitDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly untilMs: number; readonly reason: string }
  | { readonly kind: 'stopped'; readonly reason: string }
  | { readonly kind: 'errored'; readonly reason: string };

/** `key` in an event is always a fresh one, for the worker that the event may start. */
export type InstanceEvent =
  | { readonly name: 'start'; readonly key: string; readonly reason: string }
  | { readonly name: 'wait over'; readonly key: string; readonly reason: string }
  | { readonly name: 'proven'; readonly reason: string }
  | { readonly name: 'unready'; readonly reason: string }
  /** `awaits`: a candidate that is on its way may not take the place yet. */
  | {
      readonly name: 'exited';
      readonly key: string;
      readonly decision: ExitDecision;
      readonly awaits?: boolean;
    }
  /** Not proven in time, and nobody serves in its place: it goes on, and its reason says what it lacks. */
  | { readonly name: 'late'; readonly reason: string }
  | { readonly name: 'replace'; readonly key: string; readonly reason: string }
  /** `cause`: why the old worker goes; `reload` when absent. */
  | { readonly name: 'candidate proven'; readonly cause?: ExitCause; readonly reason: string }
  /** `alive`: it still has to be ended, for `cause`. */
  | {
      readonly name: 'candidate failed';
      readonly key: string;
      readonly alive: boolean;
      readonly cause: ExitCause;
      readonly reason: string;
    }
  | { readonly name: 'stop'; readonly cause: ExitCause; readonly reason: string };

export type EventName = InstanceEvent['name'];
type EventOf<E extends EventName> = Extract<InstanceEvent, { name: E }>;

/** What a transition asks for; the loop adds the instance and hands it to the effects. */
export type LifecycleAction =
  | { readonly kind: 'start-worker'; readonly key: string }
  | { readonly kind: 'admit'; readonly key: string }
  | { readonly kind: 'retire'; readonly key: string; readonly cause: ExitCause }
  | { readonly kind: 'wait'; readonly untilMs: number };

export interface Step {
  readonly state: InstanceState;
  readonly actions: readonly LifecycleAction[];
}

type Cell<S extends StateName, E extends EventName> =
  | ((state: StateOf<S>, event: EventOf<E>) => Step)
  /** Harmless and late: the state has moved on. */
  | 'ignore'
  /** Would be a bug of the loop: it knows who the event is about. */
  | 'impossible';

type Table = { readonly [S in StateName]: { readonly [E in EventName]: Cell<S, E> } };

const step = (state: InstanceState, ...actions: LifecycleAction[]): Step => ({ state, actions });

const launch = (_: InstanceState, event: { key: string; reason: string }): Step =>
  step({ name: 'launching', key: event.key, reason: event.reason }, { kind: 'start-worker', key: event.key });

const rest = (_: InstanceState, event: { reason: string }): Step =>
  step({ name: 'stopped', reason: event.reason });

/** After an end of the current worker: as decided. */
function afterExit(_: InstanceState, { key, decision }: EventOf<'exited'>): Step {
  const { reason } = decision;
  if (decision.kind !== 'restart') return step({ name: decision.kind, reason });
  if (decision.delayMs <= 0) return launch(_, { key, reason });
  return step(
    { name: 'waiting', untilMs: decision.untilMs, reason },
    { kind: 'wait', untilMs: decision.untilMs },
  );
}

const end = (state: { key: string }, event: { cause: ExitCause; reason: string }): Step =>
  step(
    { name: 'stopping', key: state.key, cause: event.cause, reason: event.reason },
    { kind: 'retire', key: state.key, cause: event.cause },
  );

const giveUp = (candidate: string, { alive, cause }: EventOf<'candidate failed'>): LifecycleAction[] =>
  alive ? [{ kind: 'retire', key: candidate, cause }] : [];

const atRest = {
  start: launch,
  'wait over': 'ignore',
  proven: 'impossible',
  unready: 'ignore',
  late: 'ignore',
  exited: 'impossible',
  replace: 'impossible',
  'candidate proven': 'impossible',
  'candidate failed': 'impossible',
} as const;

const TABLE: Table = {
  stopped: { ...atRest, stop: 'ignore' },
  errored: { ...atRest, stop: rest },
  waiting: { ...atRest, 'wait over': launch, stop: rest },
  launching: {
    start: 'ignore',
    'wait over': 'ignore',
    proven: (state, event) =>
      step({ name: 'online', key: state.key, reason: event.reason }, { kind: 'admit', key: state.key }),
    unready: (state, event) => end(state, { cause: 'not ready', reason: event.reason }),
    late: (state, event) => step({ name: 'launching', key: state.key, reason: event.reason }),
    exited: afterExit,
    replace: 'impossible',
    'candidate proven': 'impossible',
    'candidate failed': 'impossible',
    stop: end,
  },
  online: {
    start: 'ignore',
    'wait over': 'ignore',
    proven: 'ignore',
    unready: 'ignore',
    late: 'ignore',
    exited: afterExit,
    replace: (state, event) =>
      step(
        { name: 'replacing', key: state.key, candidate: event.key, reason: event.reason },
        { kind: 'start-worker', key: event.key },
      ),
    'candidate proven': 'impossible',
    'candidate failed': 'impossible',
    stop: end,
  },
  replacing: {
    start: 'ignore',
    'wait over': 'ignore',
    proven: 'ignore',
    unready: 'ignore',
    late: 'ignore',
    // The candidate is the fastest way to have one again, and what was asked for anyway.
    exited: (state, { awaits = false }) =>
      awaits
        ? step({
            name: 'awaiting',
            candidate: state.candidate,
            reason: 'its worker has ended; the new one waits until all are proven',
          })
        : step({ name: 'launching', key: state.candidate, reason: 'the worker that it replaces has ended' }),
    replace: 'impossible',
    // Admitted before the old one is retired: there is never a moment without a worker that takes connections.
    'candidate proven': (state, event) =>
      step(
        { name: 'online', key: state.candidate, reason: event.reason },
        { kind: 'admit', key: state.candidate },
        { kind: 'retire', key: state.key, cause: event.cause ?? 'reload' },
      ),
    'candidate failed': (state, event) =>
      step({ name: 'online', key: state.key, reason: event.reason }, ...giveUp(state.candidate, event)),
    stop: (state, event) =>
      step(
        { name: 'stopping', key: state.key, cause: event.cause, reason: event.reason },
        { kind: 'retire', key: state.candidate, cause: event.cause },
        { kind: 'retire', key: state.key, cause: event.cause },
      ),
  },
  awaiting: {
    start: 'ignore',
    'wait over': 'ignore',
    proven: 'ignore',
    unready: 'ignore',
    late: 'ignore',
    exited: 'impossible',
    replace: 'impossible',
    'candidate proven': (state, event) =>
      step(
        { name: 'online', key: state.candidate, reason: event.reason },
        { kind: 'admit', key: state.candidate },
      ),
    'candidate failed': (state, event) =>
      step({ name: 'launching', key: event.key, reason: event.reason }, ...giveUp(state.candidate, event), {
        kind: 'start-worker',
        key: event.key,
      }),
    stop: (state, event) => end({ key: state.candidate }, event),
  },
  stopping: {
    start: 'ignore',
    'wait over': 'ignore',
    proven: 'ignore',
    unready: 'ignore',
    late: 'ignore',
    exited: afterExit,
    replace: 'impossible',
    'candidate proven': 'impossible',
    'candidate failed': 'impossible',
    // A stop overtakes a long drain: retired again, with the times of the new cause.
    stop: end,
  },
  unreachable: { ...atRest, start: 'ignore', stop: 'ignore' },
};

/**
 * The one transition function.
 *
 * @returns null when the event is late and changes nothing
 * @throws Error for an event that cannot be: a bug of the caller
 */
export function transition(state: InstanceState, event: InstanceEvent): Step | null {
  // The table is total and typed per cell; that state and event belong to this cell TypeScript cannot follow.
  const cell = TABLE[state.name][event.name] as Cell<never, never>;
  if (cell === 'ignore') return null;
  if (cell === 'impossible') throw new Error(`event "${event.name}" is impossible in state "${state.name}"`);
  return cell(state as never, event as never);
}

/** The worker that counts as the instance's own, if there is one. */
export const currentKeyOf = (state: InstanceState): string | null => ('key' in state ? state.key : null);

/** True while the instance has no worker and wants none by itself. */
export const isAtRest = (state: InstanceState): boolean =>
  state.name === 'stopped' || state.name === 'errored';
