import type { ExitCause, InstanceRow } from '../../model/instance';

/** One word for the `why` column; ends that somebody wanted have none. */
const WORDS: Readonly<Partial<Record<ExitCause, string>>> = {
  exit: 'exits',
  crash: 'crash',
  oom: 'oom',
  'heap limit': 'heap',
  'memory limit': 'memory',
  'not ready': 'unready',
  'spawn failed': 'spawn',
  'shim lost': 'shim',
};

/** What ails an instance, in one word; empty for one that is well, or at rest because somebody wanted it so. */
export function troubleOf({ status, exits }: InstanceRow): string {
  const last = exits.at(-1);
  if (last === undefined || status === 'online' || status === 'stopping') return '';
  // A job that has done its work is no trouble.
  if (last.cause === 'exit' && status === 'stopped') return '';
  return last.cause === 'signal' ? (last.signal ?? 'signal') : (WORDS[last.cause] ?? '');
}
