import type { BalancePolicy, Candidate } from './policy';

/** The one that has waited longest since its last connection. */
export function roundRobin<C extends Candidate>(): BalancePolicy<C> {
  const lastTurn = new WeakMap<C, number>();
  let turn = 0;
  return {
    choose: (free) => {
      const next = free.reduce((best, candidate) =>
        (lastTurn.get(candidate) ?? 0) < (lastTurn.get(best) ?? 0) ? candidate : best,
      );
      lastTurn.set(next, ++turn);
      return next;
    },
  };
}
