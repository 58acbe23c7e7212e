import { makeLineReader, mergeByTime, type TimedFile } from '../../../src/logs/reader';

const read = makeLineReader(null);
const file = (source: string, changedAtMs: number, ...lines: string[]): TimedFile<string> => ({
  source,
  changedAtMs,
  lines: lines.map(read),
});
const shown = (files: TimedFile<string>[]): string[] =>
  mergeByTime(files).map(({ source, line }) => `${source} ${line.raw.slice(-2)}`);

test('lines of several files stand in the order of their stamps', () => {
  const a = file('a', 9, '2026-01-01T00:00:01Z a1', '2026-01-01T00:00:03Z a3');
  const b = file('b', 9, '2026-01-01T00:00:02Z b2', '2026-01-01T00:00:04Z b4');
  expect(shown([a, b])).toEqual(['a a1', 'b b2', 'a a3', 'b b4']);
});

test('a stack trace stays with its line', () => {
  const a = file('a', 9, '2026-01-01T00:00:01Z a1', '   at t1', '   at t2');
  const b = file('b', 9, '2026-01-01T00:00:01Z b1');
  expect(shown([a, b])).toEqual(['a a1', 'a t1', 'a t2', 'b b1']);
});

test('the order within a file is kept even when its clock was set back', () => {
  const a = file('a', 9, '2026-01-01T00:00:05Z a5', '2026-01-01T00:00:01Z a1');
  expect(shown([a])).toEqual(['a a5', 'a a1']);
});

test('a file without stamps stands as a whole, by its last change', () => {
  const at = Date.parse('2026-01-01T00:00:02Z');
  const a = file('a', 0, '2026-01-01T00:00:01Z a1', '2026-01-01T00:00:03Z a3');
  expect(shown([a, file('b', at, 'x1', 'x2')])).toEqual(['a a1', 'b x1', 'b x2', 'a a3']);
});

test('what pm has written is taken off again', () => {
  const stamped = makeLineReader({ kind: 'stamp', pattern: 'YYYY-MM-DDTHH:mm:ss' });
  expect(stamped('2026-01-31T03:05:07: hello')).toMatchObject({
    message: 'hello',
    atMs: new Date(2026, 0, 31, 3, 5, 7).getTime(),
  });
  const json = makeLineReader({ kind: 'json', pattern: '' });
  const line =
    '{"message":"hi","timestamp":"2026-01-31T03:05:07.000Z","type":"err","process_id":3,"app_name":"a"}';
  expect(json(line)).toMatchObject({
    message: 'hi',
    atMs: Date.UTC(2026, 0, 31, 3, 5, 7),
    record: { type: 'err' },
  });
  // Written before the app was told to write JSON.
  expect(json('plain')).toEqual({ raw: 'plain', message: 'plain', atMs: null, record: null });
});
