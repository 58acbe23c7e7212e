import type { BalancePolicy } from './policy';
import { roundRobin } from './round-robin';

/** The one with the fewest open connections; among equals, in turn, so that short requests spread evenly too. */
export function leastConnections(): BalancePolicy {
  const turns = roundRobin();
  return {
    maxUnderWay: 1,
    isSticky: false,
    countsOpen: true,
    choose: (free, clientAddress) => {
      const fewest = Math.min(...free.map(({ open }) => open));
      return turns.choose(
        free.filter(({ open }) => open === fewest),
        clientAddress,
      );
    },
  };
}
