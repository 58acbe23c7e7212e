import type { InstanceRow } from '../../model/instance';
import { renderGrid, type Column } from './grid';
import { fitColumns, type ListColumn } from './list-width';
import type { Terminal } from './output';
import type { Paint } from './paint';
import { statusColour } from './status';
import { printable, widthOf } from './text-width';
import { isSick, troubleOf } from './trouble';
import { memoryText, uptimeText } from './units';

/** The widths are PM2's (PM2-FACTS §4.4): scripts cut columns out of this table. */
const LONGEST_NAME_COLUMN = 40;
/** Without rows PM2 draws the name column this wide. */
const EMPTY_NAME_COLUMN = 11;

type Columns = readonly ListColumn<InstanceRow>[];

/** The table of `pm list`: as wide as the terminal allows, all columns where there is none. */
export function renderList(
  views: readonly InstanceRow[],
  terminal: Terminal,
  paint: Paint,
  nowMs: number,
): string {
  const all = [...pm2Columns(views, nowMs), ...troubleColumns(views, nowMs)];
  return renderGrid<InstanceRow>(fitColumns(all, views, terminal.columns), views, paint);
}

/** In PM2's order and widths. `rank`: the lowest goes last when the terminal is narrow. */
function pm2Columns(views: readonly InstanceRow[], nowMs: number): Columns {
  const colour = coloursOf(nowMs);
  return [
    { head: 'id', rank: 1, width: idWidth(views), text: (v) => `${v.id}`, colour: colour.name },
    { head: 'name', rank: 0, width: nameWidth(views), text: (v) => printable(v.name), colour: colour.name },
    { head: 'namespace', rank: 9, width: 13, text: (v) => printable(v.namespace) },
    { head: 'version', rank: 12, width: 9, text: (v) => printable(v.version) },
    { head: 'mode', rank: 10, width: 9, text: (v) => v.mode, colour: colour.mode },
    { head: 'pid', rank: 8, width: 10, text: (v) => (v.pid === 0 ? '0' : `${v.pid}`) },
    { head: 'uptime', rank: 5, width: 8, text: (v) => uptimeCell(v, nowMs) },
    { head: '↺', rank: 3, width: 6, text: (v) => `${v.restarts}`, colour: colour.restarts },
    { head: 'status', rank: 0, width: statusWidth(views), text: (v) => v.status, colour: colour.status },
    { head: 'cpu', rank: 7, width: 10, text: (v) => `${v.cpuPercent}%`, colour: (_, paint) => paint.bold },
    { head: 'mem', rank: 6, width: 10, text: (v) => memoryText(v.memoryBytes) },
    { head: 'user', rank: 11, width: 10, text: (v) => printable(v.user), colour: (_, paint) => paint.bold },
    {
      head: 'watching',
      rank: 13,
      width: 10,
      text: (v) => (v.watching ? 'enabled' : 'disabled'),
      colour: colour.watching,
    },
  ];
}

/** What ails, behind PM2's columns (scripts count them from the left), and only while something does. */
function troubleColumns(views: readonly InstanceRow[], nowMs: number): Columns {
  const widest = Math.max(...views.map((view) => troubleOf(view, nowMs)?.word.length ?? 0), 0);
  if (widest === 0) return [];
  const colour: Column<InstanceRow>['colour'] = (_, paint) => paint.red;
  const ended = (view: InstanceRow): string => {
    const trouble = troubleOf(view, nowMs);
    return trouble === null ? '' : `${uptimeText(nowMs - trouble.atMs)} ago`;
  };
  const why = (view: InstanceRow): string => troubleOf(view, nowMs)?.word ?? '';
  return [
    { head: 'why', rank: 0, width: Math.max(widest, 3) + 2, text: why, colour },
    { head: 'last exit', rank: 4, width: 11, text: ended, colour },
  ];
}

type Colour = NonNullable<Column<InstanceRow>['colour']>;

/** What is well is as calm as in PM2; what is sick stands out in every cell that one looks at first. */
const coloursOf = (nowMs: number) =>
  ({
    name: (view, paint) => {
      const base = isSick(view, nowMs) ? paint.red : paint.cyan;
      return (text) => paint.bold(base(text));
    },
    mode: (view, paint) => (view.mode === 'cluster' ? paint.blue : paint.bold),
    restarts: (view, paint) => (isSick(view, nowMs) ? paint.red : (text) => text),
    status: (view, paint) =>
      view.status === 'online' && isSick(view, nowMs) ? paint.yellow : statusColour(view.status, paint),
    watching: (view, paint) => (view.watching ? paint.green : paint.grey),
  }) satisfies Record<string, Colour>;

const uptimeCell = (view: InstanceRow, nowMs: number): string =>
  view.status === 'online' && view.startedAtMs !== null ? uptimeText(nowMs - view.startedAtMs) : '0';

const idWidth = (views: readonly InstanceRow[]): number =>
  Math.max(4, ...views.map(({ id }) => String(id).length + 2));

/** PM2's, and wider while something waits: `waiting …` says nothing. */
const statusWidth = (views: readonly InstanceRow[]): number =>
  Math.max(11, ...views.map(({ status }) => status.length + 2));

function nameWidth(views: readonly InstanceRow[]): number {
  if (views.length === 0) return EMPTY_NAME_COLUMN;
  const longest = Math.max(...views.map(({ name }) => widthOf(printable(name))));
  return Math.min(longest + 5, LONGEST_NAME_COLUMN);
}
