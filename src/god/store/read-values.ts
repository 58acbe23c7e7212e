import type { ProcessIdentity } from '../../model/instance';
import { isObject, type JsonObject } from '../../protocol/guards';

/* Values out of a file that may be damaged: each becomes what it should be, or nothing. */

export const isIdentity = (value: unknown): value is ProcessIdentity =>
  isObject(value) && isCount(value['pid']) && typeof value['startTicks'] === 'number';

export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
export const whole = (value: unknown): number => (isCount(value) ? value : 0);
export const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The entries that have at least their leading field; God wrote the rest together with it. */
export function objectsOf(raw: unknown, field: string, type: 'number' | 'string'): readonly JsonObject[] {
  return Array.isArray(raw) ? raw.filter(isObject).filter((item) => typeof item[field] === type) : [];
}
