import type { AttributeType } from '../../model/attribute-types';
import type { AttributeDeclaration } from '../../model/attributes';

/** Values of files that say "nothing here": `max_memory_restart: isProd && '1G'`, `out_file: process.env.LOG ?? ''`. */
type Nothing = 'empty text' | 'false' | 'zero' | 'NaN' | 'empty list' | 'Infinity';

const NUMERIC: readonly Nothing[] = ['empty text', 'false', 'NaN', 'empty list', 'Infinity'];
const LISTED: readonly Nothing[] = ['empty text', 'false', 'zero', 'NaN'];

/**
 * Which of them are "not set" for an attribute of each type, as PM2 takes them (null and undefined always are). Where a
 * type has a meaning for one it is missing here: `watch: false`, `instances: 0`, `uid: 0`.
 */
const NOTHING: Readonly<Record<AttributeType, readonly Nothing[]>> = {
  text: LISTED,
  integer: NUMERIC,
  duration: NUMERIC,
  size: NUMERIC,
  flag: ['empty text', 'NaN', 'zero'],
  words: LISTED,
  integers: ['empty text', 'false', 'NaN', 'Infinity'],
  count: ['false'],
  flagOrWords: ['empty text', 'zero', 'NaN'],
  flagOrText: ['empty text', 'zero', 'NaN'],
  idOrName: ['empty text', 'NaN'],
  cron: ['empty text', 'NaN', 'empty list'],
  window: ['empty text', 'NaN'],
  filesOrVariables: LISTED,
  object: LISTED,
  environment: LISTED,
};

/** True where PM2 goes on as if the attribute were not there. */
export function isNotSet(declaration: AttributeDeclaration, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  const nothing = nothingOf(value);
  if (nothing === undefined) return false;
  // Of what is usually on, "not set" would switch on what its writer may well have meant to switch off: PM2 refuses it.
  if (declaration.type === 'flag' && declaration.default === true) return false;
  if (nothing === 'Infinity' && declaration.isLimit === true) return false;
  return NOTHING[declaration.type].includes(nothing);
}

function nothingOf(value: unknown): Nothing | undefined {
  if (Array.isArray(value)) return value.every((item) => item == null) ? 'empty list' : undefined;
  if (value === '') return 'empty text';
  if (value === false) return 'false';
  if (value === 0) return 'zero';
  if (Number.isNaN(value)) return 'NaN';
  return value === Infinity ? 'Infinity' : undefined;
}
