import type { AppSpec } from '../../model/app-spec';
import { parseRestartWindow } from '../../model/units';
import type { ExitDecision } from '../core/lifecycle';

/** What is remembered from end to end; stored with the instance, so a new God goes on counting. */
export interface RestartCounters {
  /** Quick exits in a row. */
  readonly quickExits: number;
  /** Epoch ms of the first of that row; null without one. */
  readonly firstQuickAtMs: number | null;
  /** The last wait of `exp_backoff_restart_delay`; 0: none yet. */
  readonly backoffMs: number;
  /** Epoch ms of the restarts within the restart window, oldest first. */
  readonly restartTimesMs: readonly number[];
}

export const NO_RESTARTS: RestartCounters = {
  quickExits: 0,
  firstQuickAtMs: null,
  backoffMs: 0,
  restartTimesMs: [],
};

/** The attributes that decide. */
export type RestartLimits = Pick<
  AppSpec,
  | 'autorestart'
  | 'stopExitCodes'
  | 'maxRestarts'
  | 'minUptimeMs'
  | 'restartWindow'
  | 'restartDelayMs'
  | 'expBackoffRestartDelayMs'
>;

export interface ExitFacts {
  /** null when it ended by a signal or never ran. */
  readonly code: number | null;
  readonly uptimeMs: number;
}

export interface RestartFacts {
  readonly exit: ExitFacts;
  readonly limits: RestartLimits;
  readonly counters: RestartCounters;
  readonly nowMs: number;
  /** 0 ≤ random < 1. */
  readonly random: number;
  /** Uptime after which the exponential back-off begins anew; PM2's 30 s when absent. */
  readonly backoffResetMs?: number | undefined;
}

export interface RestartVerdict {
  readonly decision: ExitDecision;
  readonly counters: RestartCounters;
}

/** PM2's: the longest wait of the exponential back-off. Ours is bounded by the same. */
const MAX_BACKOFF_MS = 15_000;
/** PM2's: after this uptime the exponential back-off starts again from its first value. */
const BACKOFF_RESET_UPTIME_MS = 30_000;

/*
 * The default back-off. The first quick exit is answered at once (a killed worker must be back), the second after a
 * breath; from the third on each wait is 1.3 times longer. With the default of 16 quick exits an app that dies at
 * once is `errored` after about 20 s and 15 tries: long enough for a database to come back, and no load meanwhile.
 */
const SECOND_DELAY_MS = 100;
const THIRD_DELAY_MS = 200;
const GROWTH = 1.3;
/** ± 10 %, so that the instances of an app do not try in step. */
const JITTER = 0.1;

/** What follows the end of a worker that nobody asked to end. */
export function decideRestart(facts: RestartFacts): RestartVerdict {
  const { exit, limits, nowMs } = facts;
  const counters = countQuickExit(facts);
  if (!limits.autorestart) return { decision: { kind: 'stopped', reason: 'autorestart is off' }, counters };
  if (exit.code !== null && limits.stopExitCodes.includes(exit.code)) {
    return {
      decision: { kind: 'stopped', reason: `exit code ${exit.code} is in stop_exit_codes` },
      counters,
    };
  }
  const limit = limitReached(facts, counters);
  if (limit !== null) return { decision: { kind: 'errored', reason: limit }, counters };
  const { delayMs, backoffMs, why } = delayOf(facts, counters);
  const window = parseRestartWindow(limits.restartWindow);
  // More than the limit are never asked for.
  const restartTimesMs =
    window === null
      ? []
      : [...within(counters.restartTimesMs, window.windowMs, nowMs), nowMs].slice(-window.count);
  return {
    decision: {
      kind: 'restart',
      delayMs,
      untilMs: nowMs + delayMs,
      reason: `restart ${delayMs > 0 ? `in ${inWords(delayMs)}` : 'at once'}${why === '' ? '' : ` (${why})`}`,
    },
    counters: { ...counters, backoffMs, restartTimesMs },
  };
}

function countQuickExit({ exit, limits, counters, nowMs }: RestartFacts): RestartCounters {
  if (exit.uptimeMs >= limits.minUptimeMs) return { ...counters, quickExits: 0, firstQuickAtMs: null };
  return {
    ...counters,
    quickExits: counters.quickExits + 1,
    firstQuickAtMs: counters.firstQuickAtMs ?? nowMs,
  };
}

function limitReached({ exit, limits, nowMs }: RestartFacts, counters: RestartCounters): string | null {
  const { quickExits, firstQuickAtMs, restartTimesMs } = counters;
  // Whoever set a delay wants the retries to go on for longer than a storm lasts; then PM2's own rule holds: the row
  // must have happened within min_uptime × max_restarts. The window still bounds it.
  const isRow =
    !hasOwnDelay(limits) || nowMs - (firstQuickAtMs ?? nowMs) < limits.minUptimeMs * limits.maxRestarts;
  if (quickExits > 0 && quickExits >= limits.maxRestarts && isRow) {
    const each = `each before ${inWords(limits.minUptimeMs)}`;
    return `limit: ${quickExits} quick ${quickExits === 1 ? 'exit' : 'exits in a row'} (max_restarts ${limits.maxRestarts}, ${each})`;
  }
  const window = parseRestartWindow(limits.restartWindow);
  // A program that ends with 0 and is started again after restart_delay is a periodic job, not a failure.
  if (window === null || (exit.code === 0 && limits.restartDelayMs > 0)) return null;
  const recent = within(restartTimesMs, window.windowMs, nowMs).length;
  return recent < window.count
    ? null
    : `limit: ${recent} restarts within ${inWords(window.windowMs)} (restart_window ${limits.restartWindow})`;
}

const hasOwnDelay = (limits: RestartLimits): boolean =>
  limits.restartDelayMs > 0 || limits.expBackoffRestartDelayMs > 0;

interface Delay {
  readonly delayMs: number;
  readonly backoffMs: number;
  readonly why: string;
}

function delayOf(
  { exit, limits, random, backoffResetMs = BACKOFF_RESET_UPTIME_MS }: RestartFacts,
  counters: RestartCounters,
): Delay {
  if (limits.restartDelayMs > 0) {
    return { delayMs: limits.restartDelayMs, backoffMs: 0, why: 'restart_delay' };
  }
  if (limits.expBackoffRestartDelayMs > 0) {
    const isFirst = counters.backoffMs === 0 || exit.uptimeMs >= backoffResetMs;
    const next = isFirst ? limits.expBackoffRestartDelayMs : Math.floor(counters.backoffMs * 1.5);
    const backoffMs = Math.min(next, MAX_BACKOFF_MS);
    return { delayMs: backoffMs, backoffMs, why: 'exp_backoff_restart_delay' };
  }
  const { quickExits } = counters;
  if (quickExits === 0) return { delayMs: 0, backoffMs: 0, why: '' };
  return {
    delayMs: defaultDelayMs(quickExits, random),
    backoffMs: 0,
    why: `${ordinal(quickExits)} quick exit`,
  };
}

function defaultDelayMs(quickExits: number, random: number): number {
  if (quickExits === 1) return 0;
  if (quickExits === 2) return SECOND_DELAY_MS;
  const delayMs = Math.min(THIRD_DELAY_MS * GROWTH ** (quickExits - 3), MAX_BACKOFF_MS);
  return Math.round(delayMs * (1 - JITTER + 2 * JITTER * random));
}

/** What is still to come was written before the clock was set back; nobody can tell how long ago that was. */
const within = (timesMs: readonly number[], windowMs: number, nowMs: number): readonly number[] =>
  timesMs.filter((atMs) => atMs <= nowMs && nowMs - atMs < windowMs);

/** No wait that is decided here is longer. */
export const longestDelayMs = ({ restartDelayMs }: Pick<RestartLimits, 'restartDelayMs'>): number =>
  Math.max(restartDelayMs, MAX_BACKOFF_MS * (1 + JITTER));

/** `200 ms`, `1.5 s`, `10 min`: for reasons that people read. */
export function inWords(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`;
  return `${Number((ms / 60_000).toFixed(1))} min`;
}

function ordinal(count: number): string {
  const tens = count % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${suffix}`;
}
