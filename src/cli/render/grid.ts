import type { Paint } from './paint';
import { fit } from './text-width';

/** One column of a grid. `width` counts the blank on either side, as PM2's widths do. */
export interface Column<Row> {
  readonly head: string;
  readonly width: number;
  readonly text: (row: Row) => string;
  readonly colour?: (row: Row, paint: Paint) => (text: string) => string;
}

/**
 * The table of `pm list`: columns of fixed width, one line per row. cli-table3 measures every cell for spans and wraps
 * that this table never has: 70 ms for 100 rows, more than Node takes to start, against 1 ms here. Tables that need
 * it (`describe`) use it.
 */
export function renderGrid<Row>(columns: readonly Column<Row>[], rows: readonly Row[], paint: Paint): string {
  const bar = (left: string, middle: string, right: string): string =>
    paint.grey(left + columns.map(({ width }) => '─'.repeat(width)).join(middle) + right);
  const wall = paint.grey('│');
  const line = (cells: readonly string[]): string => `${wall}${cells.join(wall)}${wall}`;
  const head = line(columns.map(({ head: word, width }) => paint.cyan(paint.bold(cell(word, width)))));
  const body = rows.map((row) =>
    line(
      columns.map((column) => {
        const content = cell(column.text(row), column.width);
        return column.colour === undefined ? content : column.colour(row, paint)(content);
      }),
    ),
  );
  return [
    bar('┌', '┬', '┐'),
    head,
    ...(rows.length === 0 ? [] : [bar('├', '┼', '┤')]),
    ...body,
    bar('└', '┴', '┘'),
  ].join('\n');
}

const cell = (text: string, width: number): string => ` ${fit(text, width - 2)} `;

/** What the terminal must offer for these columns. */
export const gridWidth = (columns: readonly { readonly width: number }[]): number =>
  columns.reduce((sum, { width }) => sum + width + 1, 1);
