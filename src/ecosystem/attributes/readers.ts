import type { AttributeType } from '../../model/attribute-types';
import type { AttributeDeclaration } from '../../model/attributes';
import { parseDuration, parseSize } from '../../model/units';
import { isRecord } from './kinds';
import { splitWords } from './words';

/** A variable as given; null takes a variable of the caller away. Numbers and booleans stay such for `jlist`. */
export type GivenVariable = string | number | boolean | null;

export type GivenEnvironment = Readonly<Record<string, GivenVariable>>;

const NUMBER = /^-?\d+(\.\d+)?$/;

/** PM2 takes `[3]` where it wants 3. */
const single = (value: unknown): unknown =>
  Array.isArray(value) && value.length === 1 && typeof value[0] === 'number' ? value[0] : value;

/** A number cut to a whole one: `1.5` workers are one. Infinity: no limit. */
function integer(written: unknown): unknown {
  const value = single(written);
  const number = typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : value;
  if (number === Infinity) return Number.MAX_SAFE_INTEGER;
  return typeof number === 'number' && Number.isFinite(number) ? Math.trunc(number) : number;
}

/** A negative number in text: units have no sign, and validation says what becomes of it. */
const signed = (value: unknown): unknown =>
  typeof value === 'string' && value.startsWith('-') && NUMBER.test(value) ? Number(value) : value;

function words(value: unknown): unknown {
  if (typeof value === 'string') return splitWords(value);
  return Array.isArray(value) ? value.map(word) : value;
}

/** `args: ['--port', 3000]` is common, in YAML above all; so are `ignore_watch: [/\.log$/]` and `cond && '--x'` in a list. */
function word(item: unknown): unknown {
  if (item instanceof RegExp) return `/${item.source}/`;
  if (item === null || item === undefined) return 'null';
  return typeof item === 'number' || typeof item === 'boolean' ? String(item) : item;
}

function integers(value: unknown): unknown {
  const list: unknown =
    typeof value === 'string' ? value.split(/[\s,]+/).filter((part) => part !== '') : value;
  return (Array.isArray(list) ? list : [list]).map(integer);
}

function environment(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, given]) => (given === undefined ? [] : [[name, variable(given)]])),
  );
}

/** Objects become JSON text, as with PM2. */
function variable(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) return jsonOf(value);
  return typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol'
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
const READERS: Readonly<
  Record<AttributeType, (value: unknown, declaration: AttributeDeclaration) => unknown>
> = {
  text: same,
  integer,
  duration: (value) => parseDuration(signed(single(value))) ?? value,
  size: (value) => parseSize(signed(single(value))) ?? value,
  // PM2 takes 1 for yes in one place (`execute_command`); where 0 is no, it is what was meant.
  flag: (value, declaration) => (single(value) === 1 && declaration.default !== true ? true : value),
  words,
  integers,
  count: (value) => (value === 'max' || value === '' ? 0 : value === Infinity ? value : integer(value)),
  flagOrWords: words,
  flagOrText: same,
  idOrName: (value) => (typeof value === 'string' ? idIn(value) : single(value)),
  cron: (value) => (value === 0 || value === false ? '0' : value),
  window: (value) => {
    if (value === false || value === 0 || value === Infinity) return 'off';
    return typeof value === 'string' ? value.trim() : value;
  },
  filesOrVariables: (value) => (isRecord(value) ? environment(value) : words(value)),
  object: (value, { fields }) => (fields === undefined ? value : readFields(fields, value)),
  environment,
};

const idIn = (text: string): string | number => (/^\d+$/.test(text.trim()) ? Number(text) : text);

/** A value as the user wrote it → as the rest of pm has it: units resolved, strings split. */
export const readValue = (declaration: AttributeDeclaration, value: unknown): unknown =>
  READERS[declaration.type](value, declaration);

/** An object of declared fields, each read under its own name; what is not declared stays, for validation to name. */
function readFields(fields: Readonly<Record<string, AttributeDeclaration>>, value: unknown): unknown {
  if (!isRecord(value)) return value;
  const given = Object.entries(value).map(([name, one]) => {
    const row = fields[name];
    return row === undefined ? [name, one] : [row.field, readValue(row, one)];
  });
  const defaults = Object.values(fields).flatMap((row) =>
    row.default === undefined ? [] : [[row.field, row.default]],
  );
  return Object.fromEntries([...defaults, ...given]) as unknown;
}
