import type { AppSpec } from '../../model/app-spec';
import type { ExitCause, ExitReport, ProcessIdentity } from '../../model/instance';
import { bootId } from '../../platform';
import { NO_RESTARTS, type RestartCounters } from '../policy/restart';
import type { Desired } from '../policy/reconcile';
import type { RolloutKind } from '../policy/rollout';

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
}

/** What God remembers of one instance: what is meant, and what was counted. What it is doing is never stored. */
export interface InstanceRecord {
  readonly id: number;
  readonly slot: number;
  desired: Desired;
  readonly uniqueId: string;
  createdAtMs: number;
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
  /** Why it is stopped, in words. */
  restReason: string;
  /** The next start by itself, in epoch ms. */
  waiting: { readonly untilMs: number; readonly reason: string } | null;
  /** Workers that were told to end and have not yet; why. */
  retiring: readonly { readonly key: string; readonly cause: ExitCause }[];
  /** The workers that it has. */
  processes: readonly ProcessRecord[];
}

/** A reload or restart under way, so that the next God can go on with it. */
export interface RolloutRecord {
  readonly kind: RolloutKind;
  /** Instances that are not renewed yet. */
  readonly pending: readonly number[];
  /** What the app goes back to when the reload fails; null: it was not changed. */
  readonly previousSpec: AppSpec | null;
}

export interface AppRecord {
  readonly id: string;
  spec: AppSpec;
  readonly createdAtMs: number;
  lastRolloutError: string | null;
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
}

export const emptyState = (): GodState => ({
  version: STATE_VERSION,
  bootId: bootId(),
  nextInstanceId: 0,
  nextAppNumber: 1,
  apps: [],
  shims: {},
});

export interface NewInstance {
  readonly id: number;
  readonly slot: number;
  readonly desired: Desired;
  readonly uniqueId: string;
  readonly nowMs: number;
  readonly restReason?: string;
}

export const newInstanceRecord = ({
  id,
  slot,
  desired,
  uniqueId,
  nowMs,
  restReason,
}: NewInstance): InstanceRecord => ({
  id,
  slot,
  desired,
  uniqueId,
  createdAtMs: nowMs,
  incarnation: 0,
  restarts: 0,
  counters: NO_RESTARTS,
  exits: [],
  errored: null,
  endedByItself: desired === 'stopped',
  restReason: restReason ?? 'never started',
  waiting: null,
  retiring: [],
  processes: [],
});
