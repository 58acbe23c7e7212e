import { resolve } from 'node:path';
import type { AttributeName, AttributeValues } from '../../model/attributes';
import type { NormaliseContext } from './context';
import { expandHome } from './files';
import { attributeNames, declarationOf } from '../attributes/names';
import type { GivenAttributes } from '../attributes/read-attributes';
import { defaultOf } from './variables';

/** PM2's, of `time: true`; it goes before `log_date_format`. */
export const TIME_PATTERN = 'YYYY-MM-DDTHH:mm:ss';

type Values = GivenAttributes['values'];

const LOG_PATHS: ReadonlySet<AttributeName> = new Set(['out_file', 'error_file', 'log_file', 'pid_file']);

/** Attributes that need no resolving: given value or default, under the names of AppSpec. Log paths become absolute. */
export function plainValues(values: Values, cwd: string, context: NormaliseContext): AttributeValues {
  const fields = attributeNames.flatMap((name): [string, unknown][] => {
    const { field } = declarationOf(name);
    const value = values[name] ?? defaultOf(name, context);
    if (value === undefined || (name === 'cron_restart' && value === '0')) return [];
    return [[field, LOG_PATHS.has(name) ? logPath(value, cwd, context) : value]];
  });
  if (values.time === true) fields.push(['logDateFormat', TIME_PATTERN]);
  // The table of declarations is what both this loop and the type are made from; validation has checked each value.
  return Object.fromEntries(fields) as unknown as AttributeValues;
}

/** `NULL` is PM2's word for "nowhere". */
function logPath(value: unknown, cwd: string, { env }: NormaliseContext): unknown {
  if (typeof value !== 'string') return value;
  return value === 'NULL' ? '/dev/null' : resolve(cwd, expandHome(value, env['HOME']));
}

/** Given, of a later version, and not merely switched off or set to what holds anyway. */
export function withoutEffect(values: Values): string[] {
  return attributeNames.filter((name) => {
    const { effect, default: fallback } = declarationOf(name);
    const value = values[name];
    const isOff = value === undefined || value === false || value === fallback || value === '0';
    return effect === 'later' && !isOff;
  });
}
