import type { AttributeDeclaration, AttributeType } from '../../model/attributes';
import { parseDuration, parseSize } from '../../model/units';
import { isRecord } from './kinds';
import { splitWords } from './words';

/** Variables as given; null takes a variable of the caller away. */
export type GivenEnvironment = Readonly<Record<string, string | null>>;

const NUMBER = /^-?\d+$/;

const number = (value: unknown): unknown =>
  typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : value;

const words = (value: unknown): unknown => {
  if (typeof value === 'string') return splitWords(value);
  // `args: ['--port', 3000]` is common, in YAML above all.
  return Array.isArray(value)
    ? value.map((item: unknown) => (typeof item === 'number' ? String(item) : item))
    : value;
};

const integers = (value: unknown): unknown => {
  const list: unknown =
    typeof value === 'string' ? value.split(/[\s,]+/).filter((part) => part !== '') : value;
  return (Array.isArray(list) ? list : [list]).map(number);
};

const environment = (value: unknown): unknown => {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, given]) => (given === undefined ? [] : [[name, variable(given)]])),
  );
};

/** Objects become JSON text, as with PM2. */
function variable(value: unknown): unknown {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'object') return jsonOf(value);
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : value;
}

function jsonOf(value: object): string {
  try {
    return JSON.stringify(value);
  } catch {
    // A cycle: no text can carry it, and PM2's own answer for objects in a cluster is this one.
    return '[object Object]';
  }
}

const same = (value: unknown): unknown => value;

/** How each type is read. What cannot be read comes back as it is, and validation says why. */
const READERS: Readonly<Record<AttributeType, (value: unknown) => unknown>> = {
  text: same,
  integer: number,
  duration: (value) => parseDuration(value) ?? value,
  size: (value) => parseSize(value) ?? value,
  flag: same,
  words,
  integers,
  count: (value) => (value === 'max' ? 0 : number(value)),
  flagOrWords: words,
  flagOrText: same,
  idOrName: number,
  cron: (value) => (value === 0 || value === false ? '0' : value),
  window: (value) => (typeof value === 'string' ? value.trim() : value),
  object: same,
  environment,
};

/** A value as the user wrote it → as the rest of pm has it: units resolved, strings split. */
export const coerce = (declaration: AttributeDeclaration, value: unknown): unknown =>
  READERS[declaration.type](value);
