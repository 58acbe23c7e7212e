import { gridWidth, type Column } from './grid';
import { widthOf } from './text-width';

/** A column that knows how much it matters: 0 stays in every terminal, the highest goes first. */
export interface ListColumn<Row> extends Column<Row> {
  readonly rank: number;
}

/** Blanks on either side. */
const PADDING = 2;
/** One letter and `…` between them: less shows nothing. */
const NARROWEST = 2 + PADDING;

/**
 * The columns that a terminal has room for. With room for all they keep their widths; else they are as narrow as what
 * stands in them, and go one by one, the least important first. Those that stay are cut last, the widest first.
 */
export function fitColumns<Row>(
  all: readonly ListColumn<Row>[],
  rows: readonly Row[],
  room: number,
): readonly ListColumn<Row>[] {
  if (gridWidth(all) <= room) return all;
  const tight = all.map((column) => ({
    ...column,
    width: Math.min(column.width, contentWidth(column, rows)),
  }));
  const kept = new Set(tight.filter(({ rank }) => rank === 0));
  for (const column of tight.filter(({ rank }) => rank > 0).sort((a, b) => a.rank - b.rank)) {
    // What matters less may still fit where this one did not.
    if (gridWidth([...kept, column]) <= room) kept.add(column);
  }
  return cutTo(
    tight.filter((column) => kept.has(column)),
    room,
  );
}

function contentWidth<Row>({ head, text }: Column<Row>, rows: readonly Row[]): number {
  return rows.reduce((widest, row) => Math.max(widest, widthOf(text(row))), widthOf(head)) + PADDING;
}

/** The widest column gives a letter at a time, which is the name's nearly always. */
function cutTo<Row>(columns: readonly ListColumn<Row>[], room: number): readonly ListColumn<Row>[] {
  const widths = columns.map(({ width }) => width);
  for (let over = gridWidth(columns) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= NARROWEST) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return columns.map((column, at) => ({ ...column, width: widths[at] ?? column.width }));
}
