import type { InstanceRow } from '../../model/instance';
import { gridWidth, renderGrid, type Column } from './grid';
import type { Terminal } from './output';
import type { Paint } from './paint';
import { statusColour } from './status';
import { printable, widthOf } from './text-width';
import { troubleOf } from './trouble';
import { memoryText, uptimeText } from './units';

/** The widths are PM2's (PM2-FACTS §4.4): scripts cut columns out of this table. */
const LONGEST_NAME_COLUMN = 40;
/** Without rows PM2 draws the name column this wide. */
const EMPTY_NAME_COLUMN = 11;

/** The table of `pm list`: as wide as the terminal allows, all columns where there is none. */
export function renderList(
  views: readonly InstanceRow[],
  terminal: Terminal,
  paint: Paint,
  nowMs: number,
): string {
  const troubles = troubleColumn(views);
  const variants = [wide, narrow, narrowest].map((variant) => [...variant(views, nowMs), ...troubles]);
  const columns = variants.find((variant) => gridWidth(variant) <= terminal.columns) ?? variants[2] ?? [];
  return renderGrid(columns, views, paint);
}

/** The cause in one word, behind PM2's columns (scripts count them from the left), and only while something ails. */
function troubleColumn(views: readonly InstanceRow[]): Columns {
  const widest = Math.max(...views.map((view) => troubleOf(view).length), 0);
  if (widest === 0) return [];
  return [{ head: 'why', width: Math.max(widest, 3) + 2, text: troubleOf, colour: (_, paint) => paint.red }];
}

type Columns = readonly Column<InstanceRow>[];

const wide = (views: readonly InstanceRow[], nowMs: number): Columns => {
  const { id, name, mode, restarts, status, cpu } = commonColumns(views);
  return [
    id,
    name,
    { head: 'namespace', width: 13, text: (v) => printable(v.namespace) },
    { head: 'version', width: 9, text: (v) => printable(v.version) },
    { ...mode, width: 9 },
    { head: 'pid', width: 10, text: (v) => (v.pid === 0 ? '0' : `${v.pid}`) },
    { head: 'uptime', width: 8, text: (v) => uptimeCell(v, nowMs) },
    restarts,
    { ...status, width: 11 },
    cpu,
    memory('mem'),
    { head: 'user', width: 10, text: (v) => printable(v.user), colour: (_, paint) => paint.bold },
    {
      head: 'watching',
      width: 10,
      text: (v) => (v.watching ? 'enabled' : 'disabled'),
      colour: (v, paint) => (v.watching ? paint.green : paint.grey),
    },
  ];
};

const narrow = (views: readonly InstanceRow[]): Columns => {
  const { id, name, mode, restarts, status, cpu } = commonColumns(views);
  return [id, name, mode, restarts, status, cpu, memory('memory')];
};

const narrowest = (views: readonly InstanceRow[]): Columns => {
  const { id, name, status, cpu } = commonColumns(views);
  return [id, name, status, cpu, memory('mem')];
};

function commonColumns(views: readonly InstanceRow[]) {
  return {
    id: { head: 'id', width: idWidth(views), text: (v) => `${v.id}`, colour: (_, paint) => boldCyan(paint) },
    name: {
      head: 'name',
      width: nameWidth(views),
      text: (v) => printable(v.name),
      colour: (_, paint) => boldCyan(paint),
    },
    mode: {
      head: 'mode',
      width: 10,
      text: (v) => v.mode,
      colour: (v, paint) => (v.mode === 'cluster' ? paint.blue : paint.bold),
    },
    restarts: { head: '↺', width: 6, text: (v) => `${v.restarts}` },
    status: {
      head: 'status',
      width: 11,
      text: (v) => v.status,
      colour: (v, paint) => statusColour(v.status, paint),
    },
    cpu: { head: 'cpu', width: 10, text: (v) => `${v.cpuPercent}%`, colour: (_, paint) => paint.bold },
  } satisfies Record<string, Column<InstanceRow>>;
}

const memory = (head: string): Column<InstanceRow> => ({
  head,
  width: 10,
  text: (v) => memoryText(v.memoryBytes),
});

const boldCyan =
  (paint: Paint) =>
  (text: string): string =>
    paint.bold(paint.cyan(text));

const uptimeCell = (view: InstanceRow, nowMs: number): string =>
  view.status === 'online' && view.startedAtMs !== null ? uptimeText(nowMs - view.startedAtMs) : '0';

const idWidth = (views: readonly InstanceRow[]): number =>
  Math.max(4, ...views.map(({ id }) => String(id).length + 2));

function nameWidth(views: readonly InstanceRow[]): number {
  if (views.length === 0) return EMPTY_NAME_COLUMN;
  const longest = Math.max(...views.map(({ name }) => widthOf(printable(name))));
  return Math.min(longest + 5, LONGEST_NAME_COLUMN);
}
