import type { ExitCause, ExitReport, ProcessIdentity } from '../../model/instance';
import { isObject, isTextList, type JsonObject } from '../../protocol/guards';

/* Values out of a file that may be damaged: each becomes what it should be, or nothing. */

export const isIdentity = (value: unknown): value is ProcessIdentity =>
  isObject(value) && isCount(value['pid']) && typeof value['startTicks'] === 'number';

export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
export const whole = (value: unknown): number => (isCount(value) ? value : 0);
export const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The entries that have at least the field without which they say nothing. */
export function objectsOf(raw: unknown, field: string, type: 'number' | 'string'): readonly JsonObject[] {
  return Array.isArray(raw) ? raw.filter(isObject).filter((item) => typeof item[field] === type) : [];
}

/** What users are shown of an end: every field is there, and of its type. A cause of a later pm stays as it is. */
export function readExit(raw: JsonObject): ExitReport {
  const { code, words, stderrTail } = raw;
  return {
    atMs: whole(raw['atMs']),
    pid: whole(raw['pid']),
    code: Number.isSafeInteger(code) ? (code as number) : null,
    signal: textOrNull(raw['signal']),
    uptimeMs: whole(raw['uptimeMs']),
    cause: raw['cause'] as ExitCause,
    ...(typeof words === 'string' ? { words } : {}),
    decision: textOrNull(raw['decision']) ?? '',
    stderrTail: isTextList(stderrTail) ? stderrTail : [],
  };
}
