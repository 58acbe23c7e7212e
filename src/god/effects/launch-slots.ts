import { cpuCount } from '../../platform';

/** How many workers may be booting at once, per CPU: one that computes and one that waits for its files. */
const SLOTS_PER_CPU = 2;
/**
 * How long a worker holds its slot: about what Node needs to boot. Not until it is online – an app that does not
 * listen is online after a second, and fifty of them would take half a minute.
 */
const BOOT_MS = 100;

/** One that has not even begun to boot by then waits for its shim, which may be frozen; others must not wait with it. */
const LONGEST_MS = 2000;

/**
 * Lets workers boot a few at a time. Without it a hundred starts share the CPUs, and each takes so long that those
 * with a `listen_timeout` miss it.
 */
export interface LaunchSlots {
  /** Runs the work when a slot is free; the slot is free again some time after the work has ended, or takes too long. */
  run(work: () => Promise<void>): Promise<void>;
}

export function makeLaunchSlots(
  slots: number = cpuCount() * SLOTS_PER_CPU,
  bootMs: number = BOOT_MS,
  longestMs: number = LONGEST_MS,
): LaunchSlots {
  const waiting: (() => void)[] = [];
  let free = slots;
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  const acquire = (): Promise<void> => {
    if (free === 0) return new Promise((resolve) => waiting.push(resolve));
    free--;
    return Promise.resolve();
  };
  return {
    run: async (work) => {
      await acquire();
      let isFree = false;
      const giveBack = (): void => {
        if (!isFree) release();
        isFree = true;
      };
      const late = setTimeout(giveBack, longestMs).unref();
      try {
        await work();
      } finally {
        clearTimeout(late);
        setTimeout(giveBack, bootMs).unref();
      }
    },
  };
}
