import { isDeepStrictEqual } from 'node:util';
import { Ajv, type ValidateFunction } from 'ajv';
import type { AttributeName } from '../../model/attributes';
import { coerce, type GivenEnvironment } from './coerce';
import { isRecord, kindOf } from './kinds';
import { attributeNamed, declarationOf, ENVIRONMENT_KEY, similarAttribute } from './names';
import { describeProblem } from './problems';
import { attributeSchema, environmentSchema } from './schema';

/** The attributes that were given, under their own names, units resolved; nothing filled in. */
export interface GivenAttributes {
  readonly values: Readonly<Partial<Record<AttributeName, unknown>>>;
  /** `env_<name>` by name. */
  readonly environments: ReadonlyMap<string, GivenEnvironment>;
  /** One line each; empty: all is well. */
  readonly problems: readonly string[];
}

/** How a message names the attribute that was written so: `line 7: apps[2].maxMemoryRestart`. */
export type PlaceOf = (spelling?: string) => string;

interface Entry {
  readonly spelling: string;
  readonly given: unknown;
  readonly value: unknown;
}

const DEFAULT_ENVIRONMENT = { field: 'env', type: 'environment', effect: 'now', help: '' } as const;

/** Reads what the user wrote about one app: folds aliases, resolves units, and finds everything that is wrong at once. */
export function readAttributes(written: unknown, placeOf: PlaceOf): GivenAttributes {
  if (!isRecord(written)) {
    return {
      values: {},
      environments: new Map(),
      problems: [`${placeOf()}: expected an object, got ${kindOf(written)}`],
    };
  }
  const problems: string[] = [];
  const entries = foldAliases(written, placeOf, problems);
  for (const [name, entry] of entries) {
    if (isValid(name, entry.value)) continue;
    const declared = attributeNamed(name);
    const declaration = declared === undefined ? DEFAULT_ENVIRONMENT : declarationOf(declared);
    problems.push(
      `${placeOf(entry.spelling)}: ${describeProblem(name, declaration, entry.given, entry.value)}`,
    );
  }
  const isEnvironment = (name: string): boolean => attributeNamed(name) === undefined;
  const kept = [...entries].map(([name, { value }]) => [name, value] as const);
  return {
    problems,
    values: Object.fromEntries(kept.filter(([name]) => !isEnvironment(name))),
    environments: new Map(
      // Validated just above, or reported.
      kept
        .filter(([name]) => isEnvironment(name))
        .map(([name, value]) => [name.slice('env_'.length), value as GivenEnvironment]),
    ),
  };
}

/** Own names → what was written. null and undefined are "not set"; two spellings of one attribute must agree. */
function foldAliases(
  written: Readonly<Record<string, unknown>>,
  placeOf: PlaceOf,
  problems: string[],
): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const [spelling, given] of Object.entries(written)) {
    if (given === null || given === undefined || spelling === '$schema') continue;
    const name = attributeNamed(spelling);
    // `name: process.env.APP_NAME ?? ''`: no text is no name, as with PM2.
    if (given === '' && name !== undefined && declarationOf(name).type === 'text') continue;
    if (name === undefined && !ENVIRONMENT_KEY.test(spelling)) {
      problems.push(`${placeOf(spelling)}: unknown attribute${meant(spelling)}`);
      continue;
    }
    const value = coerce(name === undefined ? DEFAULT_ENVIRONMENT : declarationOf(name), given);
    const earlier = entries.get(name ?? spelling);
    if (earlier !== undefined && !isDeepStrictEqual(earlier.value, value)) {
      problems.push(
        `${placeOf(spelling)}: given twice, as ${earlier.spelling} and as ${spelling}, with different values`,
      );
      continue;
    }
    entries.set(name ?? spelling, { spelling, given, value });
  }
  return entries;
}

function meant(spelling: string): string {
  const similar = similarAttribute(spelling);
  return similar === undefined ? '' : `; did you mean "${similar}"?`;
}

/** Our own schema is proven by a test; checking it again in each command would cost more than all validation. */
let ajv: Ajv | undefined;
const compiled = new Map<string, ValidateFunction>();

/** Compiled one by one, because an app has five attributes and the whole schema seventy: 6 ms instead of 60. */
function isValid(name: string, value: unknown): boolean {
  ajv ??= new Ajv({ allowUnionTypes: true, meta: false, validateSchema: false });
  const known = compiled.get(name);
  if (known !== undefined) return known(value);
  const attribute = attributeNamed(name);
  const validate = ajv.compile(attribute === undefined ? environmentSchema : attributeSchema(attribute));
  compiled.set(name, validate);
  return validate(value);
}
