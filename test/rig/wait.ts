import { setTimeout as delay } from 'node:timers/promises';

/** Three times what the slowest step of a busy two-core machine takes; a test that waits this long has failed. */
const DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 20;

type Found<T> = Exclude<T, undefined | null | false>;

/**
 * Looks until the probe gives something, and gives that. Nothing is: undefined, null, false, or a throw (so that a
 * probe may be an `expect`). This is the only wait of the tests: it ends with what was observed, not with the clock.
 *
 * @throws Error naming `what`, and what the last look saw
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { deadlineMs = DEADLINE_MS }: { deadlineMs?: number } = {},
): Promise<Found<T>> {
  const endTick = performance.now() + deadlineMs;
  let last: unknown;
  do {
    try {
      last = await probe();
      if (last !== undefined && last !== null && last !== false) return last as Found<T>;
    } catch (error) {
      last = error;
    }
    await delay(LOOK_EVERY_MS);
  } while (performance.now() < endTick);
  throw new Error(`waited ${deadlineMs} ms in vain for: ${what}\nlast look: ${String(last)}`, {
    cause: last,
  });
}

/** Ends with the promise or, naming `what`, at the deadline. */
export async function within<T>(what: string, promise: Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
  const timer = new AbortController();
  const late = delay(deadlineMs, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`waited ${deadlineMs} ms in vain for: ${what}`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}
