import type { WireError } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import type { Generation, GenerationFacts } from '../../model/generation';
import type { ExitCause, ExitReport, ProcessIdentity } from '../../model/instance';
import { bootId } from '../../platform';
import { NO_RESTARTS, type RestartCounters } from '../policy/restart';
import type { Desired } from '../policy/reconcile';
import type { RolloutKind, RolloutMode } from '../policy/rollout';

/** Raised when an older God could not read the file any more; additions do not raise it. */
export const STATE_VERSION = 1;

/**
 * A worker's process, kept for the one case in which no shim can tell of it: that the shim died together with God, or
 * while none was there.
 */
export interface ProcessRecord {
  readonly key: string;
  readonly process: ProcessIdentity;
  readonly startedAtMs: number;
  /** How it has proven to be ready, in words; null: it has not. */
  readonly proof: string | null;
  /** Which generation of its app it runs. */
  readonly generation: number;
  /** How long it took to listen, or to say `ready`; null: it has done neither. */
  readonly tookMs: number | null;
}

/** A worker that its shim has left behind and that God is ending: the next God must not start another beside it. */
export interface OrphanRecord {
  readonly key: string;
  readonly process: ProcessIdentity;
}

/** What God remembers of one instance: what is meant, and what was counted. What it is doing is never stored. */
export interface InstanceRecord {
  readonly id: number;
  readonly slot: number;
  desired: Desired;
  readonly uniqueId: string;
  createdAtMs: number;
  /** The generation of its last admitted worker; the next one that is started by itself is of it too. */
  generation: number;
  /** The newest worker's number; the next gets one more. */
  incarnation: number;
  restarts: number;
  counters: RestartCounters;
  /** Newest last, at most MAX_KEPT_EXITS. */
  exits: readonly ExitReport[];
  /** The limit that was reached; null otherwise. */
  errored: string | null;
  /** It is stopped without anybody having stopped it: it ended, or never was started. Cron and watch may start it. */
  endedByItself: boolean;
  /** PM2's flag of `monitor` and `unmonitor`; null: never said. Nothing of ours looks at it. */
  monitored: boolean | null;
  /** Why it is stopped, in words. */
  restReason: string;
  /** The next start by itself, in epoch ms. */
  waiting: { readonly untilMs: number; readonly reason: string } | null;
  /** Workers that were told to end and have not yet; why. */
  retiring: readonly RetiringWorker[];
  /** The user whose command was the last about it; null: none was, or it was not said. */
  askedBy: string | null;
  /** The workers that it has. */
  processes: readonly ProcessRecord[];
  orphans: readonly OrphanRecord[];
}

/** What one instance has to reach for a command to have succeeded. `online` also ends with a first attempt that failed. */
export type Goal = 'online' | 'stopped' | 'gone';

/**
 * A command under way, or lately ended. Written together with the change that it makes, so that the next God goes on
 * with it, and a client that says it twice because it got no answer is not served twice.
 */
export interface OperationRecord {
  readonly id: string;
  /** The client's own name for it. */
  readonly request: string | null;
  /** `The start of api`: for whoever it is overtaken by. */
  readonly what: string;
  readonly started: readonly string[];
  readonly restarted: readonly string[];
  readonly instanceIds: readonly number[];
  readonly untilMs: number;
  readonly warnings: string[];
  /** What is not reached yet. */
  goals: readonly (readonly [instanceId: number, goal: Goal])[];
  /** Ids of apps whose rollout, which bears the id of this operation, has not ended yet. */
  rollouts: readonly string[];
  error: WireError | null;
  /** It waits for the proof, however long that takes (`--wait`). */
  readonly isPatient: boolean;
  isOver: boolean;
  stepCount: number;
}

/** A reload or restart under way, so that the next God can go on with it. */
export interface RolloutRecord {
  /** The operation that it is part of. */
  readonly id: string;
  readonly kind: RolloutKind;
  /** Instances that are not renewed yet. */
  readonly pending: readonly number[];
  /** What a reload brings, and the app becomes when it has succeeded; null: what the app is already. */
  readonly next: Generation | null;
  /** The generation before it, to go back to. */
  readonly previous: number;
  readonly mode: RolloutMode;
  /** By instance, the candidate that has proven itself: the switch has been decided. null: it has not. */
  readonly switching: Readonly<Record<string, string>> | null;
  /** By instance, the newest worker's number when it began: a worker above it is a renewed one. */
  readonly incarnations: Readonly<Record<string, number>>;
  readonly occasion: Occasion;
  readonly parallel: number | null;
}

/** A worker that was told to end. */
export interface RetiringWorker {
  readonly key: string;
  readonly cause: ExitCause;
  /** The reason of a trigger, the user of a command. */
  readonly why?: string | null;
}

/** Why a rollout is: what its workers are ended for, and in words. */
export interface Occasion {
  readonly cause: ExitCause;
  readonly reason: string;
}

export interface AppRecord {
  readonly id: string;
  /** That of the current generation. */
  spec: AppSpec;
  generation: GenerationFacts;
  /** Generations before it, and some that failed; oldest first, at most MAX_KEPT_GENERATIONS and those that run. */
  others: readonly Generation[];
  /** The interpreter that it was added with: its shim on that has the short name (policy/placement.ts). */
  readonly firstInterpreter: string;
  readonly createdAtMs: number;
  lastRolloutError: string | null;
  /** Some worker of it has said `ready`: with wait_ready its successors must. */
  hasSaidReady: boolean;
  rollout: RolloutRecord | null;
  readonly instances: InstanceRecord[];
}

/** How far the events of a shim are known. A new process under the same id counts from 1 again. */
export interface ShimProgress {
  readonly process: ProcessIdentity;
  seq: number;
}

/** The content of state.json. */
export interface GodState {
  readonly version: typeof STATE_VERSION;
  /** Processes that are named in here ran in this boot of the machine; in another one a pid means nothing. */
  readonly bootId: string;
  nextInstanceId: number;
  nextAppNumber: number;
  readonly apps: AppRecord[];
  readonly shims: Record<string, ShimProgress>;
  /** Oldest first. */
  readonly operations: OperationRecord[];
}

export const emptyState = (): GodState => ({
  version: STATE_VERSION,
  bootId: bootId(),
  nextInstanceId: 0,
  nextAppNumber: 1,
  apps: [],
  shims: {},
  operations: [],
});

export interface NewInstance {
  readonly id: number;
  readonly slot: number;
  readonly desired: Desired;
  readonly uniqueId: string;
  readonly nowMs: number;
  /** Default: 1, that of a new app. */
  readonly generation?: number;
  readonly restReason?: string;
}

export const newInstanceRecord = ({
  id,
  slot,
  desired,
  uniqueId,
  nowMs,
  generation = 1,
  restReason,
}: NewInstance): InstanceRecord => ({
  id,
  slot,
  desired,
  uniqueId,
  createdAtMs: nowMs,
  generation,
  incarnation: 0,
  restarts: 0,
  counters: NO_RESTARTS,
  exits: [],
  errored: null,
  endedByItself: desired === 'stopped',
  monitored: null,
  restReason: restReason ?? 'never started',
  waiting: null,
  retiring: [],
  askedBy: null,
  processes: [],
  orphans: [],
});
