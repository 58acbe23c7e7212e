import type { AppSpec } from '../../model/app-spec';
import { factsOfCause, type ExitCause } from '../../model/exit-cause';
import { shimKindOf, type PlacedSpec } from '../policy/placement';
import type { Leftovers, StopLadder } from '../../protocol/shim';

type StopSpec = Pick<
  AppSpec,
  | keyof PlacedSpec
  | 'drainTimeoutMs'
  | 'killTimeoutMs'
  | 'killSignal'
  | 'killRetryTimeMs'
  | 'treekill'
  | 'shutdownWithMessage'
>;

/**
 * How a worker is ended, by why. Where another worker takes its place requests are finished for as long as
 * `drain_timeout` allows. Where nobody does – stop, delete, the end of God – the drain is bounded by `kill_timeout`
 * too: who stops an app waits for it, and PM2's users are used to two seconds at most. What was never given a
 * connection has nothing to finish.
 */
export function ladderFor(spec: StopSpec, cause: ExitCause, usualSignal: string): StopLadder {
  const end = {
    killAfterMs: spec.killTimeoutMs,
    tree: spec.treekill,
    drainMs: drainMsFor(spec, cause),
    lookEveryMs: spec.killRetryTimeMs,
  };
  if (spec.shutdownWithMessage) return { ...end, signal: null, message: 'shutdown' };
  return { ...end, signal: spec.killSignal ?? usualSignal };
}

function drainMsFor(spec: StopSpec, cause: ExitCause): number {
  const { drainTimeoutMs, killTimeoutMs } = spec;
  if (shimKindOf(spec) === 'fork' || factsOfCause(cause).servedNobody) return 0;
  const isSucceeded = factsOfCause(cause).renews || cause === 'scale';
  return isSucceeded ? drainTimeoutMs : Math.min(drainTimeoutMs, killTimeoutMs);
}

/** The longest that an ending takes: the drain, the signal, and the kernel's time to carry out SIGKILL. */
export function longestEndMs(spec: StopSpec, cause: ExitCause): number {
  return drainMsFor(spec, cause) + spec.killTimeoutMs + SIGKILL_ALLOWANCE_MS;
}

/** SIGKILL works at once unless the process hangs in the kernel (a dead NFS mount). */
const SIGKILL_ALLOWANCE_MS = 5000;

/** How what outlives a worker that ends by itself is ended; undefined: it is let be. */
export const leftoversFor = (
  spec: Pick<AppSpec, 'treekill' | 'killSignal' | 'killTimeoutMs' | 'autorestart' | 'stopExitCodes'>,
  usualSignal: string,
): Leftovers | undefined =>
  spec.treekill
    ? {
        signal: spec.killSignal ?? usualSignal,
        killAfterMs: spec.killTimeoutMs,
        keepAfterZero: !spec.autorestart || spec.stopExitCodes.includes(0),
      }
    : undefined;
