const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** PM2's steps (PM2-FACTS §4.4): a unit is used from two of it on. */
const UPTIME_UNITS: readonly (readonly [unitMs: number, letter: string])[] = [
  [365 * DAY_MS, 'Y'],
  [30 * DAY_MS, 'M'],
  [DAY_MS, 'D'],
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'm'],
];

/** `12s`, `5m`, `3h`, `2D`. */
export function uptimeText(uptimeMs: number): string {
  for (const [unitMs, letter] of UPTIME_UNITS) {
    if (uptimeMs >= 2 * unitMs) return `${Math.floor(uptimeMs / unitMs)}${letter}`;
  }
  // Never negative: the clock of the machine may have been set back since the start.
  return `${Math.max(0, Math.floor(uptimeMs / SECOND_MS))}s`;
}

const MEMORY_UNITS = ['b', 'kb', 'mb', 'gb', 'tb'] as const;

/** `0b`, `26.5mb`: binary units, one decimal from kb on. */
export function memoryText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < MEMORY_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)}${MEMORY_UNITS[unit] ?? ''}`;
}

/** A time that people compare with a log: `2026-01-31 23:05:07`, in the local zone. */
export function clockText(atMs: number): string {
  const at = new Date(atMs);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** `850ms`, `12.3s`, then as {@link uptimeText}: for how long a worker lived, where the difference of 0.2 s matters. */
export function durationText(durationMs: number): string {
  if (durationMs < SECOND_MS) return `${Math.round(durationMs)}ms`;
  return durationMs < 2 * MINUTE_MS ? `${(durationMs / SECOND_MS).toFixed(1)}s` : uptimeText(durationMs);
}
