import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { reasonOf } from '../../errors';

/** Why a config file could not be run, without a stack. */
export interface ScriptFailure {
  readonly line?: number;
  readonly column?: number;
  readonly why: string;
}

/** Five seconds: Node checks the syntax of any real config in well under one; a hung one must not hold the CLI. */
const CHECK_TIMEOUT_MS = 5000;

/** What was thrown by a config file, as words and the place within that file. */
export function scriptFailure(error: unknown, file: string): ScriptFailure {
  // jiti and `require` append lines (a place, a "Require stack") that are said better, or not at all.
  const why = (reasonOf(error).split('\n')[0] ?? '').trim().replace(/^ParseError: /, 'SyntaxError: ');
  const words = error instanceof SyntaxError && !why.startsWith('SyntaxError') ? `SyntaxError: ${why}` : why;
  const place = placeIn(error instanceof Error ? (error.stack ?? '') : '', file);
  if (place !== undefined) return { why: words, ...place };
  return { why: words, ...(error instanceof SyntaxError ? syntaxLine(file) : {}) };
}

/** `<file>:3` above a syntax error, or the topmost frame in the file: `at f (<file>:3:9)`. */
function placeIn(stack: string, file: string): { line: number; column?: number } | undefined {
  for (const name of [file, pathToFileURL(file).href]) {
    const at = new RegExp(`${escape(name)}(?:\\?[^:\\s]*)?:(\\d+)(?::(\\d+))?`).exec(stack);
    if (at !== null)
      return { line: Number(at[1]), ...(at[2] === undefined ? {} : { column: Number(at[2]) }) };
  }
  return undefined;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Node tells the line of a syntax error in an ES module only on stderr of a process that died of it. */
function syntaxLine(file: string): { line: number } | undefined {
  const check = spawnSync(process.execPath, ['--input-type=module', '--check', '-'], {
    input: readFileSync(file),
    encoding: 'utf8',
    timeout: CHECK_TIMEOUT_MS,
  });
  const line = /^\[stdin\]:(\d+)/m.exec(check.stderr)?.[1];
  return line === undefined ? undefined : { line: Number(line) };
}
