import { tableOf } from '../support/table';
import { addTally, lossesIn, newTally, OUTCOMES, type Tallies } from './tally';

/** One row per class of clients, one column per outcome; zeros are dots, so that a loss stands out. */
export function lossTable(tallies: Tallies): string {
  const sum = newTally();
  for (const tally of Object.values(tallies)) addTally(sum, tally);
  const cells = (tally: typeof sum): string[] =>
    OUTCOMES.map((outcome) => (tally[outcome] === 0 ? '·' : String(tally[outcome])));
  return tableOf([
    ['clients', ...OUTCOMES],
    ...Object.entries(tallies).map(([name, tally]) => [name, ...cells(tally)]),
    ['all', ...cells(sum)],
  ]);
}

export const lossCount = (tallies: Tallies): number =>
  Object.values(tallies).reduce((sum, tally) => sum + lossesIn(tally), 0);
