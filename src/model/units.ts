/**
 * How people write sizes, times and limits, read in one place: the loader, the CLI and God's policy must agree on
 * what `'1.5G'` or `'60 in 10m'` means.
 */

const BYTES_PER_UNIT: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What a size may look like as text, for messages and the JSON Schema. Upper case only, as PM2: `m` would be read as milli. */
export const SIZE_PATTERN = String.raw`^\d+(\.\d+)?(G|M|K)?$`;

/** What a time may look like as text. `ms`, `d` and decimals are ours; PM2 knows `h`, `m`, `s`. */
export const DURATION_PATTERN = String.raw`^\d+(\.\d+)?(ms|s|m|h|d)?$`;

/** What `restart_window` may look like. */
export const WINDOW_PATTERN = String.raw`^(off|[1-9]\d* in [1-9]\d*(\.\d+)?(ms|s|m|h|d)?)$`;

const inUnits = (text: string, pattern: string, units: Readonly<Record<string, number>>): number | null => {
  const trimmed = text.trim();
  if (!new RegExp(pattern).test(trimmed)) return null;
  const unit = /[a-z]*$/i.exec(trimmed)?.[0] ?? '';
  return Math.round(Number.parseFloat(trimmed) * (units[unit] ?? 1));
};

/**
 * Bytes of `'150M'`, `'1.5G'`, `'200K'` (binary units), `'500'` or 500; null for anything else.
 * Numbers pass as they are, negative ones too: the minimum is the declaration's to check, with its own message.
 */
export function parseSize(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.round(value) : null;
  return typeof value === 'string' ? inUnits(value, SIZE_PATTERN, BYTES_PER_UNIT) : null;
}

/** Milliseconds of `'90s'`, `'2m'`, `'1h'`, `'500ms'`, `'1d'`, `'500'` or 500; null for anything else. */
export function parseDuration(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.round(value) : null;
  return typeof value === 'string' ? inUnits(value, DURATION_PATTERN, MS_PER_UNIT) : null;
}

/** No more than `count` restarts within any `windowMs`. */
export interface RestartWindow {
  readonly count: number;
  readonly windowMs: number;
}

/** True for `'off'` and for `'<count> in <time>'` with a count of at least 1 and a time above 0. */
export const isRestartWindow = (text: string): boolean =>
  text.trim() === 'off' || parseRestartWindow(text) !== null;

/** `'60 in 10m'` → 60 restarts in 600,000 ms. null: `off`, or not a window (the loader has refused those before). */
export function parseRestartWindow(text: string): RestartWindow | null {
  const trimmed = text.trim();
  if (trimmed === 'off' || !new RegExp(WINDOW_PATTERN).test(trimmed)) return null;
  const [count = '', time = ''] = trimmed.split(' in ');
  const windowMs = parseDuration(time);
  return windowMs === null ? null : { count: Number(count), windowMs };
}
