import type { BalancePolicy, Candidate } from './policy';

/** The one that has waited longest since its last connection. */
export function roundRobin(): BalancePolicy {
  const lastTurn = new WeakMap<Candidate, number>();
  let turn = 0;
  return {
    maxUnderWay: 1,
    isSticky: false,
    countsOpen: false,
    choose: (free) => {
      const next = free.reduce((best, candidate) =>
        (lastTurn.get(candidate) ?? 0) < (lastTurn.get(best) ?? 0) ? candidate : best,
      );
      lastTurn.set(next, ++turn);
      return next;
    },
  };
}
