import type { ExitReport, InstanceView } from '../../model/instance';
import type { Paint } from './paint';
import { statusColour } from './status';
import { printable, wrapped } from './text-width';
import { clockText, durationText, uptimeText } from './units';

/** What `pm why --json` prints of one instance. */
export interface WhyRecord {
  readonly id: number;
  readonly name: string;
  readonly status: InstanceView['status'];
  readonly reason: string;
  /** What happens next, in words. */
  readonly next: string;
  readonly nextStartAtMs: number | null;
  /** Newest first. */
  readonly exits: readonly ExitReport[];
}

export const whyRecord = (view: InstanceView, nowMs: number): WhyRecord => ({
  id: view.id,
  name: view.name,
  status: view.status,
  reason: view.reason,
  next: nextInWords(view, nowMs),
  nextStartAtMs: view.nextStartAtMs,
  exits: [...view.exits].reverse(),
});

/**
 * `pm why`: the state of an instance, what happens next, and how it ended before, newest first.
 * @param columns of the terminal; Infinity: nothing is broken
 */
export function renderWhy(view: InstanceView, paint: Paint, nowMs: number, columns = Infinity): string {
  const { name, id, status, reason, exits, restarts, lastRolloutError } = view;
  const word = statusColour(status, paint)(status);
  const lines = [
    `${paint.bold(printable(`${name}#${id}`))} is ${word} (${printable(reason)})`,
    `  next: ${printable(nextInWords(view, nowMs))}`,
    ...(lastRolloutError === null ? [] : [`  last reload failed: ${printable(lastRolloutError)}`]),
    exits.length === 0
      ? '  It has never ended.'
      : `  ${exits.length === 1 ? 'One end is' : `The last ${exits.length} ends are`} kept, newest first; ${restarts} restart${restarts === 1 ? '' : 's'} in all:`,
  ].map((line) => wrapped(line, columns, '    '));
  const newestFirst = [...exits].reverse();
  const ends = newestFirst.flatMap((exit, at) => {
    const newer = newestFirst[at - 1];
    return renderExit(exit, newer !== undefined && isSame(exit, newer), { paint, nowMs, columns });
  });
  return `${[...lines, ...ends].join('\n')}\n`;
}

/** A crash loop ends in the same way again and again: told once. */
const isSame = (a: ExitReport, b: ExitReport): boolean =>
  a.cause === b.cause &&
  exitInWords(a) === exitInWords(b) &&
  a.stderrTail.join('\n') === b.stderrTail.join('\n');

function renderExit(
  exit: ExitReport,
  isTold: boolean,
  { paint, nowMs, columns }: { paint: Paint; nowMs: number; columns: number },
): string[] {
  const ago = uptimeText(nowMs - exit.atMs);
  const process = exit.pid === 0 ? 'never ran' : `pid ${exit.pid}, after ${durationText(exit.uptimeMs)}`;
  const when = `  ${paint.cyan(clockText(exit.atMs))} (${ago} ago, ${process})`;
  if (isTold) return [wrapped(`${when} the same → ${printable(exit.decision)}`, columns, '      ')];
  return [
    wrapped(`${when} ${paint.bold(exit.cause)}: ${printable(exitInWords(exit))}`, columns, '      '),
    wrapped(`    → ${printable(exit.decision)}`, columns, '      '),
    ...exit.stderrTail.map((line) => paint.grey(wrapped(`    | ${printable(line)}`, columns, '    | '))),
  ];
}

/** The sentence that God has written, or what can be said without it (a report of an older God). */
export function exitInWords({ words, code, signal }: ExitReport): string {
  if (words !== undefined) return words;
  if (signal !== null) return `${signal} ended it`;
  return code === null ? 'it ended' : `it ended with exit code ${code}`;
}

/** What pm will do by itself, and what it leaves to its user. */
export function nextInWords({ name, status, nextStartAtMs }: InstanceView, nowMs: number): string {
  switch (status) {
    case 'waiting restart': {
      if (nextStartAtMs === null) return 'it is started again';
      const wait = nextStartAtMs <= nowMs ? 'now' : `in ${durationText(nextStartAtMs - nowMs)}`;
      return `back-off until ${clockText(nextStartAtMs)} (${wait}), then it is started again`;
    }
    case 'errored':
      return `nothing by itself, its limit is reached; \`pm restart ${name}\` tries again`;
    case 'stopped':
      return `it stays stopped; \`pm start ${name}\` starts it`;
    case 'launching':
      return 'it is online as soon as it has proven to be ready';
    case 'stopping':
      return 'it is given time to end, then it is killed';
    case 'online':
      return 'it runs; should it end by itself, it is restarted as its settings say';
  }
}
