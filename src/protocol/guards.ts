import { isRecord } from '../model/attribute-types';
import { ATTRIBUTES, isValueOf, type AttributeDeclaration } from '../model/attributes';
import type { AppSpec } from '../model/app-spec';
import { pmError } from '../errors';

/*
 * What came over a socket or out of a file is checked here, by hand: a validator library would cost God more memory
 * than everything that it validates.
 */

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject: (value: unknown) => value is JsonObject = isRecord;

export const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

export const isTextRecord = (value: unknown): value is Readonly<Record<string, string>> =>
  isObject(value) && Object.values(value).every((item) => typeof item === 'string');

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isText = (value: unknown): value is string => typeof value === 'string';

/** The params of a call as an object. @throws PmError PROTOCOL */
export function asParams(params: unknown): JsonObject {
  if (isObject(params)) return params;
  throw pmError('PROTOCOL', { why: 'the parameters are no object' });
}

/** Checks one named value. @throws PmError PROTOCOL naming it */
export function check<T>(params: JsonObject, name: string, is: (value: unknown) => value is T): T {
  const value = params[name];
  if (is(value)) return value;
  throw pmError('PROTOCOL', { why: `parameter ${name} is missing or of another type` });
}

export const checkText = (params: JsonObject, name: string): string => check(params, name, isText);
export const checkInteger = (params: JsonObject, name: string): number => check(params, name, isInteger);

/** What AppSpec has beside or instead of the attributes (model/app-spec.ts). `true`: must be there. */
const OWN_FIELDS: Readonly<Record<string, readonly [is: (value: unknown) => boolean, required: boolean]>> = {
  name: [(value) => isText(value) && value !== '', true],
  cwd: [(value) => isText(value) && value.startsWith('/'), true],
  script: [(value) => isText(value) && value !== '', true],
  args: [isTextList, true],
  argsGiven: [(value) => value === true, false],
  commandLine: [isText, false],
  interpreterPath: [isText, true],
  interpreter: [isText, true],
  nodeArgs: [isTextList, true],
  execMode: [(value) => value === 'fork' || value === 'cluster', true],
  instances: [(value) => isInteger(value) && value >= 1, true],
  instancesGiven: [(value) => typeof value === 'boolean', true],
  env: [isTextRecord, true],
  envNames: [isTextList, true],
  typedEnv: [isObject, false],
  username: [isText, true],
  version: [isText, true],
  envName: [isText, false],
  fileBase: [(value) => isText(value) && /^[^/\0]+$/.test(value), false],
  configFile: [isText, false],
  withoutEffect: [isTextList, true],
};

/** Variables are text by now; `cron` and `window` are left to those who read them: a God before this one kept more. */
const isStored = (row: AttributeDeclaration, value: unknown): boolean => {
  if (row.type === 'environment') return isTextRecord(value);
  return row.type === 'cron' || row.type === 'window' ? isText(value) : isValueOf(row, value);
};

interface FieldRule {
  readonly is: (value: unknown) => boolean;
  readonly required: boolean;
  readonly fallback: unknown;
}

const RULES: ReadonlyMap<string, FieldRule> = new Map([
  ...Object.values<AttributeDeclaration>(ATTRIBUTES).map((row): [string, FieldRule] => [
    row.field,
    { is: (value) => isStored(row, value), required: row.default !== undefined, fallback: row.default },
  ]),
  ...Object.entries(OWN_FIELDS).map(([field, [is, required]]): [string, FieldRule] => [
    field,
    { is, required, fallback: undefined },
  ]),
]);

/** The names of the fields that are wrong or, unless `partial`, missing. */
function wrongFields(value: JsonObject, partial: boolean): string[] {
  return [...RULES]
    .filter(([field, { is, required }]) => {
      const given = value[field];
      return given === undefined ? required && !partial : !is(given);
    })
    .map(([field]) => field);
}

/** Checks a whole app that came from outside. @throws PmError PROTOCOL naming the fields that are wrong */
export function checkAppSpec(value: unknown): AppSpec {
  const wrong = isObject(value) ? wrongFields(value, false) : ['(no object)'];
  if (wrong.length > 0) throw pmError('PROTOCOL', { why: `the app has wrong fields: ${wrong.join(', ')}` });
  return value as AppSpec;
}

/** Checks attributes that are to be merged into an app. @throws PmError PROTOCOL */
export function checkSpecPatch(value: unknown): Partial<AppSpec> {
  const wrong = isObject(value) ? wrongFields(value, true) : ['(no object)'];
  if (wrong.length > 0)
    throw pmError('PROTOCOL', { why: `the changes have wrong fields: ${wrong.join(', ')}` });
  return value as Partial<AppSpec>;
}

/** Checks names of fields that an app can do without. @throws PmError PROTOCOL */
export function checkUnset(value: unknown): readonly string[] {
  const isDispensable = (field: string): boolean => RULES.get(field)?.required === false;
  if (!isTextList(value) || !value.every(isDispensable))
    throw pmError('PROTOCOL', { why: 'parameter unset names what every app has' });
  return value;
}

/**
 * An app out of state.json; null when it cannot be read. Attributes that a later pm has added get their default, so
 * that an upgrade reads what its predecessor wrote.
 */
export function readAppSpec(value: unknown): AppSpec | null {
  if (!isObject(value)) return null;
  const missing = [...RULES].filter(
    ([field, rule]) => value[field] === undefined && rule.fallback !== undefined,
  );
  const filled = { ...value, ...Object.fromEntries(missing.map(([field, rule]) => [field, rule.fallback])) };
  return wrongFields(filled, false).length === 0 ? (filled as unknown as AppSpec) : null;
}
