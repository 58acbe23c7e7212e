import type { Paint } from './paint';
import { widthOf } from './text-width';

/** One log file as `pm logs` names it. */
export interface LogSource {
  readonly path: string;
  /** `3|api`; `*|api` for a file that several instances write to. */
  readonly label: string;
  readonly kind: 'out' | 'error' | 'daemon';
}

/** Labels are padded to this, so that lines of short names stand in a column (PM2's width). */
const LABEL_WIDTH = 10;

/** `3|api     | text`: the label in the colour of its stream. The text keeps its own colours. */
export function renderLogLine({ label, kind }: LogSource, line: string, paint: Paint): string {
  const colour = { out: paint.green, error: paint.red, daemon: paint.blue }[kind];
  return `${colour(`${label}${' '.repeat(Math.max(1, LABEL_WIDTH - widthOf(label)))}|`)} ${line}`;
}
