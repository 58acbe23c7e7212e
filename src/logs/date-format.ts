/**
 * Time stamps by dayjs' patterns (`log_date_format`, `--timestamp`), in the local zone and in English. Our own, because
 * the shim carries no library but the wire's, and a library for fifteen tokens would be most of its size.
 */

/** Text in brackets stands for itself; then the tokens, longest first. */
const PIECES = /\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|d|HH|H|hh|h|mm|m|ss|s|SSS|ZZ|Z|A|a|x|X/g;

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
const twelve = (hours: number): number => hours % 12 || 12;

function zone(at: Date, separator: string): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}${separator}${pad(size % 60)}`;
}

type Token = (at: Date) => string;

const TOKENS: Readonly<Record<string, Token>> = {
  YYYY: (at) => pad(at.getFullYear(), 4),
  YY: (at) => pad(at.getFullYear() % 100),
  MMMM: (at) => MONTHS[at.getMonth()] ?? '',
  MMM: (at) => (MONTHS[at.getMonth()] ?? '').slice(0, 3),
  MM: (at) => pad(at.getMonth() + 1),
  M: (at) => String(at.getMonth() + 1),
  DD: (at) => pad(at.getDate()),
  D: (at) => String(at.getDate()),
  dddd: (at) => DAYS[at.getDay()] ?? '',
  ddd: (at) => (DAYS[at.getDay()] ?? '').slice(0, 3),
  d: (at) => String(at.getDay()),
  HH: (at) => pad(at.getHours()),
  H: (at) => String(at.getHours()),
  hh: (at) => pad(twelve(at.getHours())),
  h: (at) => String(twelve(at.getHours())),
  mm: (at) => pad(at.getMinutes()),
  m: (at) => String(at.getMinutes()),
  ss: (at) => pad(at.getSeconds()),
  s: (at) => String(at.getSeconds()),
  SSS: (at) => pad(at.getMilliseconds(), 3),
  Z: (at) => zone(at, ':'),
  ZZ: (at) => zone(at, ''),
  A: (at) => (at.getHours() < 12 ? 'AM' : 'PM'),
  a: (at) => (at.getHours() < 12 ? 'am' : 'pm'),
  x: (at) => String(at.getTime()),
  X: (at) => String(Math.floor(at.getTime() / 1000)),
};

/** `formatDate('YYYY-MM-DD HH:mm:ss.SSS Z', Date.now())`. What is no token stands for itself. */
export function formatDate(pattern: string, atMs: number): string {
  const at = new Date(atMs);
  return pattern.replace(
    PIECES,
    (piece: string, literal: string | undefined) => literal ?? TOKENS[piece]?.(at) ?? piece,
  );
}

/** The same for many calls: lines come thousands a millisecond, and share their stamp. */
export function makeStamper(pattern: string): (atMs: number) => string {
  let knownMs = NaN;
  let text = '';
  return (atMs) => {
    if (atMs !== knownMs) {
      knownMs = atMs;
      text = formatDate(pattern, atMs);
    }
    return text;
  };
}
