/** What each token of a pattern looks like in a line; the others are matched and not needed to know the moment. */
const SHAPES: Readonly<Record<string, string>> = {
  YYYY: String.raw`(?<year>\d{4})`,
  YY: String.raw`(?<shortYear>\d\d)`,
  MMMM: '(?<monthName>[A-Z][a-z]+)',
  MMM: '(?<monthName>[A-Z][a-z]{2})',
  MM: String.raw`(?<month>\d\d)`,
  M: String.raw`(?<month>\d\d?)`,
  DD: String.raw`(?<day>\d\d)`,
  D: String.raw`(?<day>\d\d?)`,
  dddd: '[A-Z][a-z]+',
  ddd: '[A-Z][a-z]{2}',
  d: String.raw`\d`,
  HH: String.raw`(?<hour>\d\d)`,
  H: String.raw`(?<hour>\d\d?)`,
  hh: String.raw`(?<hour>\d\d)`,
  h: String.raw`(?<hour>\d\d?)`,
  mm: String.raw`(?<minute>\d\d)`,
  m: String.raw`(?<minute>\d\d?)`,
  ss: String.raw`(?<second>\d\d)`,
  s: String.raw`(?<second>\d\d?)`,
  SSS: String.raw`(?<ms>\d{3})`,
  Z: String.raw`(?<zone>[+-]\d\d:\d\d)`,
  ZZ: String.raw`(?<zone>[+-]\d{4})`,
  A: '(?<half>AM|PM)',
  a: '(?<half>am|pm)',
  x: String.raw`(?<epochMs>\d{10,})`,
  X: String.raw`(?<epoch>\d{9,})`,
};

const PIECES = /\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|d|HH|H|hh|h|mm|m|ss|s|SSS|ZZ|Z|A|a|x|X|[^]/g;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** A stamp at the beginning of a line. */
export interface ReadStamp {
  readonly atMs: number;
  /** The line without it. */
  readonly rest: string;
}

/**
 * Reads back what {@link formatDate} wrote before each line (`<stamp>: text`).
 * null from here: the pattern does not name a moment (`HH:mm`), so nothing can be read from it.
 */
export function makeStampReader(pattern: string): ((line: string) => ReadStamp | null) | null {
  const source = pattern.replace(PIECES, (piece: string, literal: string | undefined) =>
    literal === undefined ? (SHAPES[piece] ?? escaped(piece)) : escaped(literal),
  );
  const regex = compiled(`^${source}: ?`);
  const isMoment = /<epoch|<(year|shortYear)>.*<hour>|<hour>.*<(year|shortYear)>/.test(source);
  if (regex === null || !isMoment) return null;
  return (line) => {
    const match = regex.exec(line);
    if (match === null) return null;
    const atMs = momentOf(match.groups ?? {});
    return Number.isFinite(atMs) ? { atMs, rest: line.slice(match[0].length) } : null;
  };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

/** null: a token stands twice in the pattern, and a name in a regular expression must not. */
function compiled(source: string): RegExp | null {
  try {
    return new RegExp(source);
  } catch {
    return null;
  }
}

function momentOf(groups: Readonly<Record<string, string | undefined>>): number {
  if (groups['epochMs'] !== undefined) return Number(groups['epochMs']);
  if (groups['epoch'] !== undefined) return Number(groups['epoch']) * 1000;
  const number = (name: string, fallback: number): number => Number(groups[name] ?? fallback);
  const named = groups['monthName'];
  const month = named === undefined ? number('month', 1) - 1 : MONTHS.indexOf(named.slice(0, 3)) / 3;
  const year = number('year', 2000 + number('shortYear', 0));
  const hour = hourOf(number('hour', 0), groups['half']?.toLowerCase());
  const parts = [number('day', 1), hour, number('minute', 0), number('second', 0), number('ms', 0)] as const;
  const { zone } = groups;
  if (zone === undefined) return new Date(year, month, ...parts).getTime();
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return Date.UTC(year, month, ...parts) - offsetMs;
}

function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return (hour % 12) + (half === 'pm' ? 12 : 0);
}

/** `2026-01-31T23:05:07.123Z`, `2026-01-31 23:05:07,123 +0100`, in brackets or not: what most programs write themselves. */
const ISO =
  /^[[(]?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,3})\d*)?\s?(Z|[+-]\d\d:?\d\d)?(?=[\]):,\s]|$)/;

/** The moment that a line begins with, or that a line of JSON carries (`time`, `timestamp`, `ts`); null without one. */
export function findStamp(line: string): number | null {
  if (line.startsWith('{')) return stampInJson(line);
  const match = ISO.exec(line);
  if (match === null) return null;
  const [, day = '', clock = '', fraction = '', zone = ''] = match;
  const atMs = Date.parse(
    `${day}T${clock}.${fraction.padEnd(3, '0')}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`,
  );
  return Number.isFinite(atMs) ? atMs : null;
}

const IN_JSON = /"(?:time|timestamp|ts|@timestamp)":\s*(?:"([^"]{10,40})"|(\d{10,16}(?:\.\d+)?))/;

function stampInJson(line: string): number | null {
  // Far into a line it is somebody's data.
  const [, text, number] = IN_JSON.exec(line.slice(0, 2000)) ?? [];
  const atMs = number === undefined ? Date.parse(text ?? '') : epochMs(Number(number));
  return Number.isFinite(atMs) ? atMs : null;
}

/** pino writes ms, bunyan ISO, others seconds. */
const epochMs = (value: number): number => (value < 1e11 ? value * 1000 : value);
