import { DURATION_PATTERN, SIZE_PATTERN, WINDOW_PATTERN } from './units';

/**
 * The types of attributes, each told once: what it is in TypeScript, after reading (`value`) and as users may write it
 * (`written`). What else there is to know of a type stands in {@link ATTRIBUTE_TYPES}; how it is read, in
 * ecosystem/attributes/readers.ts.
 *
 * - `duration` a number of ms, or `'90s'`, `'2m'`, `'1h'`, `'500ms'` → ms
 * - `size` a number of bytes, or `'150M'`, `'1.5G'`, `'200K'` → bytes (binary units)
 * - `words` a list, or one string split like a shell → string[]
 * - `integers` a list, or one value → number[]
 * - `count` an integer, `'max'`; resolved against the CPU count by the loader → number
 * - `flagOrWords` a boolean, or words → boolean | string[]
 * - `flagOrText` a boolean, or a string
 * - `cron` a pattern, or `0`/`'0'`/false for off
 * - `window` `'60 in 10m'`, or `'off'` (units.ts reads it)
 * - `filesOrVariables` paths, or what would stand in such a file
 * - `object` an object; with `fields` in its declaration those and no others
 */
export interface AttributeTypes {
  text: { value: string; written: string | false };
  integer: { value: number; written: number | string | false };
  duration: { value: number; written: number | string | false };
  size: { value: number; written: number | string | false };
  flag: { value: boolean; written: boolean };
  words: {
    value: readonly string[];
    written: string | false | readonly (string | number | boolean | RegExp)[];
  };
  integers: { value: readonly number[]; written: number | string | false | readonly (number | string)[] };
  count: { value: number; written: number | string };
  flagOrWords: { value: boolean | readonly string[]; written: boolean | string | readonly string[] };
  flagOrText: { value: boolean | string; written: boolean | string };
  idOrName: { value: number | string; written: number | string };
  cron: { value: string; written: string | number | false };
  window: { value: string; written: string | false };
  filesOrVariables: {
    value: readonly string[] | Readonly<Record<string, unknown>>;
    written: string | false | readonly string[] | Readonly<Record<string, unknown>>;
  };
  object: { value: Readonly<Record<string, unknown>>; written: Readonly<Record<string, unknown>> | false };
  environment: { value: Readonly<Record<string, string>>; written: Readonly<Record<string, unknown>> | '' };
}

export type AttributeType = keyof AttributeTypes;

/** A JSON Schema (draft 7), as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What there is to know of one type. */
export interface TypeFacts {
  /** A value after reading. */
  readonly is: (value: unknown) => boolean;
  /** What to write, for messages. */
  readonly expected: string;
  /** The same for the table of docs/attributes.md. */
  readonly inDocs: string;
  /** What PM2 calls it; scripts look for these words. */
  readonly pm2Kinds: readonly string[];
  /** What may stand in a file, for editors. @param least `{}`, or the minimum */
  readonly schema: (least: JsonSchema) => JsonSchema;
}

/** Five or six fields (seconds first), or a nickname like `@daily`, or 0 for off. */
export const CRON_PATTERN = String.raw`^\s*(0|@[a-z]+|\S+(\s+\S+){4,5})\s*$`;

/** An object with keys: no list, not null. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const matches =
  (pattern: string) =>
  (value: unknown): boolean =>
    isText(value) && new RegExp(pattern).test(value);

const text = { type: 'string' };
const numericText = { type: 'string', pattern: String.raw`^-?\d+$` };
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const oneOf = (...anyOf: readonly JsonSchema[]): JsonSchema => ({ anyOf });

/** `env` and `env_<name>`. */
export const environmentSchema: JsonSchema = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean', 'object', 'array', 'null'] },
};

export const ATTRIBUTE_TYPES: Readonly<Record<AttributeType, TypeFacts>> = {
  text: { is: isText, expected: 'a string', inDocs: 'text', pm2Kinds: ['String'], schema: () => text },
  integer: {
    is: isInteger,
    expected: 'a whole number',
    inDocs: 'number',
    pm2Kinds: ['Number'],
    schema: (least) => oneOf({ type: 'integer', ...least }, numericText),
  },
  duration: {
    is: isInteger,
    expected: 'a time such as 90s, 2m, 500ms or a number of milliseconds',
    inDocs: 'time',
    pm2Kinds: ['Number', 'String'],
    schema: (least) => oneOf({ type: 'number', ...least }, { ...text, pattern: DURATION_PATTERN }),
  },
  size: {
    is: isInteger,
    expected: 'a size such as 150M or a number of bytes',
    inDocs: 'size',
    pm2Kinds: ['Number', 'String'],
    schema: (least) => oneOf({ type: 'number', ...least }, { ...text, pattern: SIZE_PATTERN }),
  },
  flag: {
    is: isFlag,
    expected: 'true or false',
    inDocs: 'true / false',
    pm2Kinds: ['Boolean'],
    schema: () => ({ type: 'boolean' }),
  },
  words: {
    is: isTextList,
    expected: 'a string or a list of strings',
    inDocs: 'list or text',
    pm2Kinds: ['Array', 'String'],
    schema: () => oneOf(text, list({ type: ['string', 'number', 'boolean'] })),
  },
  integers: {
    is: (value) => Array.isArray(value) && value.every(isInteger),
    expected: 'a whole number or a list of them',
    inDocs: 'numbers',
    pm2Kinds: ['Array', 'Number'],
    schema: () =>
      oneOf(
        { type: 'integer' },
        { ...text, pattern: String.raw`^\d+([\s,]+\d+)*$` },
        list(oneOf({ type: 'integer' }, numericText)),
      ),
  },
  count: {
    is: isInteger,
    expected: 'a whole number or "max"',
    inDocs: 'number or `max`',
    pm2Kinds: ['Number'],
    schema: () => oneOf({ type: 'integer' }, numericText, { const: 'max' }),
  },
  flagOrWords: {
    is: (value) => isFlag(value) || isTextList(value),
    expected: 'true, false, a string or a list of strings',
    inDocs: 'true / false, list or text',
    pm2Kinds: ['Boolean', 'Array', 'String'],
    schema: () => oneOf({ type: 'boolean' }, text, list(text)),
  },
  flagOrText: {
    is: (value) => isFlag(value) || isText(value),
    expected: 'true, false or a string',
    inDocs: 'true / false or text',
    pm2Kinds: ['Boolean', 'String'],
    schema: () => ({ type: ['boolean', 'string'] }),
  },
  idOrName: {
    is: (value) => (isInteger(value) && value >= 0) || (isText(value) && value !== ''),
    expected: 'a name or an id',
    inDocs: 'id or name',
    pm2Kinds: ['Number', 'String'],
    schema: () => oneOf({ type: 'integer', minimum: 0 }, { ...text, minLength: 1 }),
  },
  cron: {
    is: matches(CRON_PATTERN),
    expected: 'a cron pattern of 5 or 6 fields, or 0 for off',
    inDocs: 'cron pattern',
    pm2Kinds: ['String'],
    schema: () => oneOf({ enum: [0, false] }, { ...text, pattern: CRON_PATTERN }),
  },
  window: {
    is: matches(WINDOW_PATTERN),
    expected: 'a limit such as "60 in 10m", or "off"',
    inDocs: '`N in time`, `off`',
    pm2Kinds: ['String'],
    schema: () => ({ ...text, pattern: WINDOW_PATTERN }),
  },
  filesOrVariables: {
    is: (value) => isTextList(value) || isRecord(value),
    expected: 'a path, a list of paths or an object of variables',
    inDocs: 'paths or variables',
    pm2Kinds: [],
    schema: () => oneOf(text, list(text), environmentSchema),
  },
  object: {
    is: isRecord,
    expected: 'an object',
    inDocs: 'object',
    pm2Kinds: ['Object'],
    schema: () => ({ type: 'object' }),
  },
  environment: {
    is: isRecord,
    expected: 'an object of variables',
    inDocs: 'variables',
    pm2Kinds: ['Object'],
    schema: () => environmentSchema,
  },
};
