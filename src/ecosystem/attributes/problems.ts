import { inspect } from 'node:util';
import type { AttributeDeclaration, AttributeType } from '../../model/attributes';
import { DURATION_PATTERN, SIZE_PATTERN, WINDOW_PATTERN } from '../../model/units';
import { kindOf } from './kinds';
import { CRON_PATTERN } from './schema';
import { similarTo } from './similar';

/** For each type: what to write, what PM2 calls it, and the pattern that text must match. */
interface Wording {
  readonly expected: string;
  readonly kinds: readonly string[];
  readonly pattern?: string;
}

const WORDINGS: Readonly<Record<AttributeType, Wording>> = {
  text: { expected: 'a string', kinds: ['String'] },
  integer: { expected: 'a whole number', kinds: ['Number'] },
  duration: {
    expected: 'a time such as 90s, 2m, 500ms or a number of milliseconds',
    kinds: ['Number', 'String'],
    pattern: DURATION_PATTERN,
  },
  size: {
    expected: 'a size such as 150M or a number of bytes',
    kinds: ['Number', 'String'],
    pattern: SIZE_PATTERN,
  },
  flag: { expected: 'true or false', kinds: ['Boolean'] },
  words: { expected: 'a string or a list of strings', kinds: ['Array', 'String'] },
  integers: { expected: 'a whole number or a list of them', kinds: ['Array', 'Number'] },
  count: { expected: 'a whole number or "max"', kinds: ['Number'] },
  flagOrWords: {
    expected: 'true, false, a string or a list of strings',
    kinds: ['Boolean', 'Array', 'String'],
  },
  flagOrText: { expected: 'true, false or a string', kinds: ['Boolean', 'String'] },
  idOrName: { expected: 'a name or an id', kinds: ['Number', 'String'] },
  cron: {
    expected: 'a cron pattern of 5 or 6 fields, or 0 for off',
    kinds: ['String'],
    pattern: CRON_PATTERN,
  },
  window: { expected: 'a limit such as "60 in 10m", or "off"', kinds: ['String'], pattern: WINDOW_PATTERN },
  object: { expected: 'an object', kinds: ['Object'] },
  environment: { expected: 'an object of variables', kinds: ['Object'] },
};

/** 60 characters show any real value; a longer one is cut, since the line must stay a line. */
const MAX_SHOWN = 60;

/**
 * Why a value was refused, in one line: ours first, then PM2's wording, which scripts look for.
 * @param name the attribute as PM2 calls it
 * @param given as the user wrote it
 * @param value after coercion
 */
export function describeProblem(
  name: string,
  declaration: AttributeDeclaration,
  given: unknown,
  value: unknown,
): string {
  const { minimum, type, values } = declaration;
  const { expected } = WORDINGS[type];
  if (values !== undefined && typeof value === 'string') {
    const similar = similarTo(value, values);
    return `expected one of ${values.join(', ')}, got ${shown(given)}${similar === undefined ? '' : `; did you mean "${similar}"?`}`;
  }
  if (minimum !== undefined && typeof value === 'number' && value < minimum) {
    return `expected at least ${minimum}, got ${shown(given)} (The minimum of "${name}" is ${minimum}, but now is ${value})`;
  }
  // Variables may be secrets: their kind is enough.
  const got = type === 'environment' ? kindOf(given) : shown(given);
  return `expected ${expected}, got ${got} (${pm2Wording(name, type, value)})`;
}

function pm2Wording(name: string, type: AttributeType, value: unknown): string {
  const { kinds, pattern } = WORDINGS[type];
  if (pattern !== undefined && typeof value === 'string')
    return `Verify "${name}" with regex failed, it should be /${pattern}/`;
  const wanted = kinds.map((kind) => `[object ${kind}]`).join(' or ');
  return `Expect "${name}" to be a typeof ${wanted}, but now is ${Object.prototype.toString.call(value)}`;
}

/** A value as its writer would recognise it. */
export function shown(value: unknown): string {
  // Anything can come out of a script; `inspect` copes with cycles, functions and the like.
  const text =
    typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
