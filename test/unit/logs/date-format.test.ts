import { formatDate, makeStamper } from '../../../src/logs/date-format';
import { findStamp, makeStampReader } from '../../../src/logs/parse-date';

const AT = new Date(2026, 0, 31, 3, 5, 7, 42).getTime();
const offset = (separator: string): string => {
  const minutes = -new Date(AT).getTimezoneOffset();
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}${separator}${two(Math.abs(minutes) % 60)}`;
};

describe('a dayjs pattern', () => {
  test.each([
    ['YYYY-MM-DDTHH:mm:ss', '2026-01-31T03:05:07'],
    ['YYYY-MM-DD HH:mm:ss.SSS', '2026-01-31 03:05:07.042'],
    ['D/M/YY H:m:s', '31/1/26 3:5:7'],
    ['dddd, MMMM D, YYYY h:mm A', 'Saturday, January 31, 2026 3:05 AM'],
    ['ddd MMM DD hh:mm a', 'Sat Jan 31 03:05 am'],
    ['[at] HH:mm [o]', 'at 03:05 o'],
    ['x X', `${AT} ${Math.floor(AT / 1000)}`],
    ['Z|ZZ', `${offset(':')}|${offset('')}`],
    ['HH:mm Uhr', '03:05 U7r'.replace('7', '3')],
  ])('%s', (pattern, text) => {
    expect(formatDate(pattern, AT)).toBe(text);
  });

  test('noon and midnight have their own rules', () => {
    expect(formatDate('h A', new Date(2026, 0, 1, 0).getTime())).toBe('12 AM');
    expect(formatDate('h A', new Date(2026, 0, 1, 12).getTime())).toBe('12 PM');
  });

  test('a stamper tells the same', () => {
    const stamp = makeStamper('HH:mm:ss.SSS');
    expect([stamp(AT), stamp(AT), stamp(AT + 1)]).toEqual(['03:05:07.042', '03:05:07.042', '03:05:07.043']);
  });

  test.each([
    ['YYYY-MM-DDTHH:mm:ss', 1000],
    ['YYYY-MM-DD HH:mm:ss.SSS Z', 1],
    ['YY/M/D h:mm:ss a', 1000],
    ['ddd MMM DD YYYY hh:mm A', 60_000],
    ['[on] DD.MM.YYYY [at] HH:mm', 60_000],
    ['x', 1],
    ['X', 1000],
  ])('%s can be read back', (pattern, precisionMs) => {
    const read = makeStampReader(pattern);
    expect(read?.(`${formatDate(pattern, AT)}: said: so`)).toEqual({
      atMs: Math.floor(AT / precisionMs) * precisionMs,
      rest: 'said: so',
    });
    expect(read?.('    at Object.<anonymous>')).toBeNull();
  });

  test('without a day, or with a token twice, it names no moment', () => {
    expect(makeStampReader('HH:mm:ss')).toBeNull();
    expect(makeStampReader('YYYY YYYY HH')).toBeNull();
  });
});

describe('a stamp that the app itself writes', () => {
  test.each([
    ['2026-01-31T03:05:07.042Z: started', Date.UTC(2026, 0, 31, 3, 5, 7, 42)],
    ['[2026-01-31T03:05:07Z] info', Date.UTC(2026, 0, 31, 3, 5, 7)],
    ['2026-01-31 03:05:07,042 +0100 x', Date.UTC(2026, 0, 31, 2, 5, 7, 42)],
    ['{"level":30,"time":1767323045000,"msg":"x"}', 1_767_323_045_000],
    ['{"timestamp":"2026-01-31T03:05:07Z"}', Date.UTC(2026, 0, 31, 3, 5, 7)],
    ['{"ts":1767323045.5}', 1_767_323_045_500],
    ['no stamp 2026-01-31T03:05:07Z', null],
    ['2026-13-45T99:99:99Z', null],
    ['{"time":"soon"}', null],
  ])('%s', (line, atMs) => {
    expect(findStamp(line)).toBe(atMs);
  });
});
