import type { AppChange, AppsPlan, ChangeKind } from '../../model/plan';
import type { Paint } from './paint';
import { printable } from './text-width';

const MARKS: Readonly<Record<ChangeKind, string>> = {
  add: '+',
  delete: '-',
  nothing: ' ',
  reload: '~',
  restart: '!',
  scale: '~',
  start: '+',
  amend: '~',
};

/** `pm diff`: a line per app, and one per attribute below it. */
export function renderPlan({ changes }: AppsPlan, paint: Paint): string {
  const todo = changes.filter(({ kind }) => kind !== 'nothing').length;
  const end = todo === 0 ? 'Nothing to do.' : `${todo} of ${changes.length} apps to change.`;
  return [...changes.flatMap((change) => linesOf(change, paint)), end].join('\n');
}

function linesOf({ kind, name, namespace, why, differences }: AppChange, paint: Paint): string[] {
  const place = namespace === 'default' ? '' : ` (namespace ${printable(namespace)})`;
  const because = why === null ? '' : `, because ${printable(why)}`;
  return [
    `${MARKS[kind]} ${paint.bold(printable(name))}${place}: ${kind}${because}`,
    ...differences.map(
      ({ attribute, from, to }) =>
        `    ${printable(attribute)}: ${valueText(from)} → ${valueText(to)}${isMasked(from, to) ? ' (changed)' : ''}`,
    ),
  ];
}

/** Both sides look the same when they are masked. */
const isMasked = (from: unknown, to: unknown): boolean => JSON.stringify(from) === JSON.stringify(to);

const valueText = (value: unknown): string =>
  value === null ? '(not set)' : printable(typeof value === 'string' ? value : JSON.stringify(value));
