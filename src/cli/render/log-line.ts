import { formatDate } from '../../logs/date-format';
import type { LogLine } from '../../logs/reader';
import type { LogSource } from '../logs/sources';
import type { LogWishes } from '../logs/wishes';
import type { ProcessEvent } from '../../satan';
import type { Paint } from './paint';
import { printable, printableLine, widthOf } from './text-width';

/** Labels are padded to this at least (PM2's width), so that lines of short names stand in a column. */
const LABEL_WIDTH = 10;
/** Longer ones stand out rather than push everything to the right. */
const WIDEST_LABEL = 24;

export interface LogLinePainter {
  /** `atMs`: when it was written; null where nobody knows. */
  line(source: LogSource, line: LogLine, atMs: number | null): string;
  event(event: ProcessEvent): string;
  /** From now on all bars stand below each other. */
  align(sources: readonly LogSource[]): void;
}

/** How `pm logs` shows a line; without the line break. */
export function makeLogLinePainter(
  wishes: Pick<LogWishes, 'style' | 'stamp' | 'highlight'>,
  paint: Paint,
  isTty = false,
): LogLinePainter {
  const stampOf = (atMs: number | null): string =>
    wishes.stamp === null || atMs === null ? '' : formatDate(wishes.stamp, atMs);
  const mark = highlighter(wishes.highlight, paint);
  let width = LABEL_WIDTH;
  // What goes to a pipe or a file stays as the app has written it.
  const shown = isTty ? printableLine : (text: string): string => text;
  const padded = (label: string): string => `${label}${' '.repeat(Math.max(1, width - widthOf(label)))}`;
  const labelled = (label: string, bar: string, stamp: string, text: string): string =>
    `${label}${bar} ${stamp === '' ? '' : `${paint.grey(stamp)} `}${mark(shown(text))}`;
  const tellLine = (source: LogSource, line: LogLine, atMs: number | null): string => {
    const { kind, app } = source;
    const isError = kind === 'error' || line.record?.type === 'err';
    const id = line.record?.process_id ?? source.id;
    switch (wishes.style) {
      case 'raw':
        return line.raw;
      case 'json':
        return JSON.stringify({
          message: line.message,
          timestamp: atMs === null ? null : new Date(atMs).toISOString(),
          type: isError ? 'err' : 'out',
          process_id: id,
          app_name: app,
        });
      case 'pairs':
        return `timestamp=${stampOrIso(wishes.stamp, atMs)} app=${printable(app)} id=${id ?? '*'} type=${isError ? 'error' : 'out'} message=${mark(shown(line.message))}`;
      case 'labelled': {
        if (kind === 'daemon') return labelled(paint.blue(padded('PM')), paint.blue('|'), '', line.raw);
        const bar = isError ? paint.red('|') : paint.green('|');
        // A record is shown as what the app has said; a stamp that is in the file stands in the line.
        const text = line.record === null ? line.raw : line.message;
        return labelled(colourOf(app, paint)(padded(labelOf(id, app))), bar, stampOf(atMs), text);
      }
    }
  };
  return {
    align: (sources) => {
      const widths = sources.map(({ id, app }) => widthOf(labelOf(id, app)) + 1);
      width = Math.max(width, ...widths.filter((one) => one <= WIDEST_LABEL));
    },
    line: tellLine,
    event: (event) => {
      const { id, name, event: what, reason, atMs } = event;
      switch (wishes.style) {
        case 'json':
          return JSON.stringify({
            timestamp: new Date(atMs).toISOString(),
            type: 'process_event',
            status: what,
            app_name: name,
            process_id: id,
            message: reason,
          });
        case 'pairs':
          return `timestamp=${stampOrIso(wishes.stamp, atMs)} app=${printable(name)} id=${id} type=process_event status=${what} message=${printable(reason)}`;
        case 'raw':
        case 'labelled': {
          const text = printable(`${name}#${id} ${what}: ${reason}`);
          return labelled(paint.blue(padded('PM')), paint.blue('|'), stampOf(atMs), text);
        }
      }
    },
  };
}

const stampOrIso = (pattern: string | null, atMs: number | null): string => {
  if (atMs === null) return '-';
  return pattern === null ? new Date(atMs).toISOString() : formatDate(pattern, atMs);
};

const labelOf = (id: number | null, app: string): string => `${id ?? '*'}|${printable(app)}`;

/** One colour for each app, the same in every run; red and blue are taken by errors and by pm itself. */
function colourOf(app: string, paint: Paint): (text: string) => string {
  const colours = [paint.cyan, paint.green, paint.yellow, paint.magenta, paint.bold] as const;
  let hash = 0;
  for (const character of app) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return colours[hash % colours.length] ?? paint.green;
}

function highlighter(wanted: string | null, paint: Paint): (text: string) => string {
  if (wanted === null || wanted === '') return (text) => text;
  return (text) => text.replaceAll(wanted, () => paint.inverse(wanted));
}
