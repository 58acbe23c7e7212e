/** A stream of numbers that a seed repeats exactly (mulberry32). */
export interface Random {
  readonly seed: number;
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number, 0 ≤ n < limit. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/** @param seed `PM_TEST_SEED` goes before it, so that a failing run can be repeated as it was */
export function seeded(seed: number = Number(process.env['PM_TEST_SEED'] ?? Date.now() % 1e6)): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { seed, next, below, pick: (items) => items[below(items.length)]! };
}
