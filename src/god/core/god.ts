import type { Home } from '../../home';
import type { Action } from './actions';
import type { LoopEvent } from './events';
import type { Operations } from '../operations/operations';
import type { Shims } from '../shims/registry';
import type { Store } from '../store/store';
import type { Timers } from './timers';
import type { World } from './world';
import type { ControlEvents } from '../../protocol/control';

/** Wall time for what is shown and stored, monotonic time for durations. Handed in, so that tests own it. */
export interface Clock {
  nowMs(): number;
  tickMs(): number;
  random(): number;
}

/** What God was started with. */
export interface GodSettings {
  readonly version: string;
  readonly startedAtMs: number;
  /** Which God of this home this is, counting up: its start in ticks since boot. */
  readonly number: number;
  /** First signal of every stop (PM_KILL_SIGNAL, SIGINT by default as PM2). */
  readonly killSignal: string;
  /** EXP_BACKOFF_RESET_TIMER. */
  readonly backoffResetMs?: number | undefined;
  /** How often memory is compared with `max_memory_restart`. */
  readonly memoryIntervalMs: number;
  /** The Node that God itself runs on; the shared shim runs on it too. */
  readonly nodePath: string;
}

/** All that the functions of God work with. It holds things and decides nothing. */
export interface God {
  readonly home: Home;
  readonly settings: GodSettings;
  readonly clock: Clock;
  readonly world: World;
  readonly store: Store;
  readonly shims: Shims;
  readonly timers: Timers;
  readonly operations: Operations;
  /** One line to pm.log. */
  readonly log: (text: string) => void;
  /** Hands an event to the control loop. */
  readonly enqueue: (event: LoopEvent) => void;
  /** Hands an action to its executor; never waits. */
  readonly act: (action: Action) => void;
  readonly publish: (packet: ControlEvents['process:event']) => void;
  /** Nothing is started any more: God is ending, and takes the apps along. */
  ending: boolean;
}
