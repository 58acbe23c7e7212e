import { factsOfCause } from '../../model/exit-cause';
import type { InstanceRow } from '../../model/instance';

/** What ails an instance, in one word; empty for one that is well, or at rest because somebody wanted it so. */
export function troubleOf({ status, exits }: InstanceRow): string {
  const last = exits.at(-1);
  if (last === undefined || status === 'online' || status === 'stopping') return '';
  // A job that has done its work is no trouble.
  if (last.cause === 'exit' && status === 'stopped') return '';
  return last.cause === 'signal' ? (last.signal ?? 'signal') : factsOfCause(last.cause).trouble;
}
