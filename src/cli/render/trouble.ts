import { factsOfCause } from '../../model/exit-cause';
import type { ExitReport, InstanceRow } from '../../model/instance';

/** As long as the usual restart window (`60 in 10m`): what has run that long since it ended is well again. */
const CALM_AFTER_MS = 10 * 60_000;

/** What ails an instance. */
export interface Trouble {
  /** In one word, for the `why` column. */
  readonly word: string;
  /** When it last ended by it. */
  readonly atMs: number;
}

/**
 * What ails an instance; null for one that is well, or at rest because somebody wanted it so. One that crashes every five
 * seconds is `online` most of the time: it is well only when it has been calm for a while.
 */
export function troubleOf(
  { status, exits }: Pick<InstanceRow, 'status' | 'exits'>,
  nowMs: number,
): Trouble | null {
  const last = exits.at(-1);
  if (last === undefined) return null;
  // A job that has done its work is no trouble.
  if (last.cause === 'exit' && status === 'stopped') return null;
  const isCalm = status === 'online' && nowMs - last.atMs > CALM_AFTER_MS;
  const word = wordOf(last);
  return isCalm || word === '' ? null : { word, atMs: last.atMs };
}

const wordOf = ({ cause, signal }: ExitReport): string =>
  cause === 'signal' ? (signal ?? 'signal') : factsOfCause(cause).trouble;

/** Does it need a look? */
export const isSick = (view: Pick<InstanceRow, 'status' | 'exits'>, nowMs: number): boolean =>
  view.status === 'errored' || view.status === 'waiting restart' || troubleOf(view, nowMs) !== null;
