import type { ExitReport } from '../../../src/model/instance';
import { renderList } from '../../../src/cli/render/list';
import { plainPaint } from '../../../src/cli/render/paint';
import { troubleOf } from '../../../src/cli/render/trouble';
import { nextInWords, renderWhy, whyRecord } from '../../../src/cli/render/why';
import { NOW_MS, viewOf } from './samples';

const exit = (changes: Partial<ExitReport> = {}): ExitReport => ({
  atMs: NOW_MS - 3000,
  pid: 12,
  code: 1,
  signal: null,
  uptimeMs: 500,
  cause: 'crash',
  words: 'it crashed with exit code 1',
  decision: 'restart at once',
  stderrTail: ['Error: \u001b[31mno', '  at x'],
  ...changes,
});

test('the newest end comes first, and nothing of it reaches the terminal as a command', () => {
  const text = renderWhy(viewOf({ exits: [exit({ pid: 11 }), exit()] }), plainPaint, NOW_MS);
  expect(text.indexOf('pid 12')).toBeLessThan(text.indexOf('pid 11'));
  expect(text).toContain('(3s ago, pid 12, after 500ms) crash: it crashed with exit code 1');
  expect(text).toContain('    | Error: ?[31mno');
  expect(
    whyRecord(viewOf({ exits: [exit({ pid: 11 }), exit()] }), NOW_MS).exits.map(({ pid }) => pid),
  ).toEqual([12, 11]);
});

test('a crash loop is told once, a line stays for each end', () => {
  const exits = [exit({ pid: 10, code: 2, words: 'other' }), exit({ pid: 11 }), exit()];
  const text = renderWhy(viewOf({ exits }), plainPaint, NOW_MS);
  expect(text.match(/it crashed with exit code 1/g)).toHaveLength(1);
  expect(text.match(/\| {3}at x/g)).toHaveLength(2);
  expect(text).toMatch(/pid 11, after 500ms\) the same → restart at once\n/);
  expect(text).toMatch(/pid 10, after 500ms\) crash: other\n/);
});

test('on a terminal lines are broken between words', () => {
  const text = renderWhy(
    viewOf({ exits: [exit({ decision: 'word '.repeat(30).trim() })] }),
    plainPaint,
    NOW_MS,
    60,
  );
  expect(text.split('\n').filter((line) => line.length > 60)).toEqual([]);
  expect(text).toMatch(/^ {6}word/m);
});

test('a report of an older God is told by what it has', () => {
  const { words: _words, ...old } = exit();
  expect(renderWhy(viewOf({ exits: [old] }), plainPaint, NOW_MS)).toContain('it ended with exit code 1');
});

test('what happens next is said for every status', () => {
  const next = (status: 'errored' | 'stopped' | 'waiting restart'): string =>
    nextInWords(viewOf({ status, nextStartAtMs: NOW_MS + 2500 }), NOW_MS);
  expect(next('errored')).toContain('`pm restart api` tries again');
  expect(next('stopped')).toContain('`pm start api` starts it');
  expect(next('waiting restart')).toMatch(/^back-off until .* \(in 2\.5s\), then/);
});

test.each([
  ['errored', exit(), 'crash'],
  ['waiting restart', exit({ cause: 'oom', signal: 'SIGKILL' }), 'oom'],
  ['launching', exit({ cause: 'signal', signal: 'SIGSEGV' }), 'SIGSEGV'],
  ['stopped', exit(), 'crash'],
  ['stopped', exit({ cause: 'exit', code: 0 }), ''],
  ['stopped', exit({ cause: 'stop' }), ''],
  ['online', exit(), 'crash'],
  ['online', exit({ cause: 'restart' }), ''],
  ['online', exit({ atMs: NOW_MS - 11 * 60_000 }), ''],
] as const)('an instance that is %s after that end', (status, last, word) => {
  expect(troubleOf(viewOf({ status, exits: [last] }), NOW_MS)?.word ?? '').toBe(word);
});

test('the list has the column only while something ails, behind all others', () => {
  const draw = (status: 'online' | 'errored'): string[] =>
    renderList(
      [viewOf({ status, exits: status === 'online' ? [] : [exit()] })],
      { isTty: false, colour: false, columns: 300 },
      plainPaint,
      NOW_MS,
    ).split('\n');
  expect(draw('online')[1]).toMatch(/watching │$/);
  expect(draw('errored')[1]).toMatch(/watching │ why {3}│ last exit │$/);
  expect(draw('errored')[3]).toMatch(/│ errored {3}│.*│ crash │ \d+\w ago +│$/);
});
