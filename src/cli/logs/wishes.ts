import { pmError, reasonOf } from '../../errors';
import { parseDuration } from '../../model/units';
import { flag, text, type Input } from '../command';
import { narrowingOf, type Choice } from '../selectors';

/** PM2's. */
export const DEFAULT_LINES = 15;
/** PM2's, of `--timestamp` without a format. */
const DEFAULT_STAMP = 'YYYY-MM-DD-HH:mm:ss';

export type LogKind = 'out' | 'error' | 'daemon';

/** What was asked of `pm logs`. */
export interface LogWishes {
  readonly selectors: readonly string[];
  /** From which folder they are said, and what they are narrowed to. */
  readonly choice: Choice;
  readonly lines: number;
  /** Epoch ms; null: by number of lines alone. */
  readonly sinceMs: number | null;
  /** How the user said that. */
  readonly since: string | null;
  readonly kinds: readonly LogKind[];
  readonly style: 'labelled' | 'raw' | 'json' | 'pairs';
  /** dayjs pattern of a stamp before each line; null: none. */
  readonly stamp: string | null;
  readonly highlight: string | null;
  /** Only lines that it finds something in. */
  readonly isWanted: (line: string) => boolean;
}

/** @throws PmError BAD_ARGUMENT */
export function wishesOf(input: Input, nowMs: number): LogWishes {
  const { selectors, stamp } = stampOf(input);
  const out = flag(input, 'out');
  const error = flag(input, 'err');
  const both = out === error;
  const style = styleOf(input);
  return {
    selectors,
    choice: { folders: [], within: narrowingOf(input) },
    stamp,
    style,
    lines: linesOf(input),
    sinceMs: sinceOf(text(input, 'since'), nowMs),
    since: text(input, 'since') ?? null,
    kinds: [
      ...(both || out ? ['out' as const] : []),
      ...(both || error ? ['error' as const] : []),
      // For programs what happens to processes comes as events, not as text.
      ...(both && (style === 'labelled' || style === 'raw') ? ['daemon' as const] : []),
    ],
    highlight: text(input, 'highlight') ?? null,
    isWanted: filterOf(text(input, 'grep')),
  };
}

function styleOf(input: Input): LogWishes['style'] {
  if (flag(input, 'json')) return 'json';
  if (flag(input, 'format')) return 'pairs';
  return flag(input, 'raw') ? 'raw' : 'labelled';
}

function linesOf(input: Input): number {
  const given = text(input, 'lines') ?? `${DEFAULT_LINES}`;
  if (/^\d+$/.test(given)) return Number(given);
  throw pmError('BAD_ARGUMENT', {
    message: `--lines ${given} is not a number of lines`,
    hint: 'For instance --lines 100.',
  });
}

/** `pm logs --timestamp api`: the word behind an option that may have a value is a value only if it looks like one. */
function stampOf(input: Input): Pick<LogWishes, 'selectors' | 'stamp'> {
  const given = input.options['timestamp'];
  if (typeof given !== 'string')
    return { selectors: input.args, stamp: given === true ? DEFAULT_STAMP : null };
  return /YY|MM|DD|H|hh|mm|ss|SSS|^[xX]$/.test(given)
    ? { selectors: input.args, stamp: given }
    : { selectors: [given, ...input.args], stamp: DEFAULT_STAMP };
}

function sinceOf(given: string | undefined, nowMs: number): number | null {
  if (given === undefined) return null;
  // `--since 5`: five of what?
  const isNumber = /^\d+$/.test(given);
  const duration = parseDuration(given);
  const atMs = duration === null ? Date.parse(given) : nowMs - duration;
  if (Number.isFinite(atMs) && !isNumber) return atMs;
  throw pmError('BAD_ARGUMENT', {
    message: `--since ${given} is neither a time span nor a date`,
    hint: 'For instance --since 10m, --since 2h or --since "2026-01-31 18:00".',
  });
}

/** Text, or `/regex/flags`. */
function filterOf(given: string | undefined): LogWishes['isWanted'] {
  if (given === undefined) return () => true;
  const [, source, flags = ''] = /^\/(.+)\/([a-z]*)$/.exec(given) ?? [];
  if (source === undefined) return (line) => line.includes(given);
  try {
    // With g or y a regular expression remembers where it stopped, and skips lines.
    const regex = new RegExp(source, flags.replace(/[gy]/g, ''));
    return (line) => regex.test(line);
  } catch (error) {
    throw pmError('BAD_ARGUMENT', {
      message: `--grep ${given} is not a valid regular expression: ${reasonOf(error)}`,
      hint: 'Without slashes it is plain text.',
    });
  }
}
