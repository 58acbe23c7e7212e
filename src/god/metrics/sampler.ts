import { setTimeout as delay } from 'node:timers/promises';
import { measureTrees } from './measure';
import type { Usage } from './usage';

type UsageOf = (pid: number) => Usage;

export interface Sampler {
  /**
   * What each process used at the last sample. When that is old a new one is taken in the background for whoever asks
   * next: a list does not wait, and an idle God measures nothing. Only who asks for what nobody has measured lately
   * waits for it, and not for long.
   */
  usage(pids: readonly number[]): Promise<UsageOf>;
  /** A sample of now, for whoever decides by it. */
  fresh(pids: readonly number[]): Promise<UsageOf>;
}

/** Adds up what each of these processes and its descendants use. One that is gone is left out. */
export type Measure = (pids: readonly number[]) => Promise<ReadonlyMap<number, Usage>>;

/** People look once a second at most (`list --watch`, a dashboard). */
const MAX_AGE_MS = 1000;
/** An older sample is no answer any more, but a memory. */
const STALE_MS = 5000;
/** A sample of a hundred processes takes some 20 ms. A list that waits longer than this is slower than it may be. */
const LONGEST_WAIT_MS = 60;

const NOTHING: Usage = { cpuPercent: 0, memoryBytes: 0 };

export function makeSampler(tickMs: () => number, measure: Measure = measureTrees): Sampler {
  let known: ReadonlyMap<number, Usage> = new Map();
  let sampledAtMs = -Infinity;
  let sampling: Promise<void> | null = null;

  const sample = async (pids: readonly number[]): Promise<void> => {
    try {
      // Whole, not merged: pids that are gone are forgotten with it.
      known = await measure(pids);
    } catch {
      // Every one of them has ended meanwhile.
      known = new Map();
    }
    sampledAtMs = tickMs();
  };
  const usageOf: UsageOf = (pid) => known.get(pid) ?? NOTHING;

  return {
    usage: async (pids) => {
      const running = pids.filter((pid) => pid > 0);
      const ageMs = tickMs() - sampledAtMs;
      if (sampling === null && ageMs >= MAX_AGE_MS && running.length > 0) {
        sampling = sample(running).finally(() => (sampling = null));
      }
      const isUnknown = ageMs >= STALE_MS || running.every((pid) => !known.has(pid));
      if (sampling !== null && isUnknown) await Promise.race([sampling, delay(LONGEST_WAIT_MS)]);
      return usageOf;
    },
    fresh: async (pids) => {
      const own = await measure(pids).catch((): ReadonlyMap<number, Usage> => new Map());
      return (pid) => own.get(pid) ?? NOTHING;
    },
  };
}
