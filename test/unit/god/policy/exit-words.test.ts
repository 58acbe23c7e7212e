import { judgeEnd, type EndFacts } from '../../../../src/god/policy/exit-words';

const facts = (changes: Partial<EndFacts>): EndFacts => ({
  code: null,
  signal: null,
  told: null,
  why: null,
  cause: 'crash',
  error: null,
  stderrTail: [],
  oomKill: null,
  killTimeoutMs: 1600,
  ...changes,
});
const HEAP = [
  '<--- Last few GCs --->',
  'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
];

test.each<[title: string, changes: Partial<EndFacts>, cause: string, words: RegExp]>([
  ['a crash', { code: 3 }, 'crash', /^it crashed with exit code 3$/],
  ['an end by itself', { code: 0, cause: 'exit' }, 'exit', /exit code 0$/],
  [
    'a foreign signal',
    { signal: 'SIGSEGV', cause: 'signal' },
    'signal',
    /^SIGSEGV ended it; pm did not send it$/,
  ],
  [
    'the cgroup',
    { signal: 'SIGKILL', cause: 'signal', oomKill: 'cgroup' },
    'oom',
    /^the kernel killed it: its cgroup/,
  ],
  ['the machine', { signal: 'SIGKILL', cause: 'signal', oomKill: 'machine' }, 'oom', /most likely/],
  [
    'the heap',
    { signal: 'SIGABRT', cause: 'signal', stderrTail: HEAP },
    'heap limit',
    /--max-old-space-size/,
  ],
  ['the heap, behind a shell', { code: 134, stderrTail: HEAP }, 'heap limit', /--max-old-space-size/],
  ['another abort', { signal: 'SIGABRT', cause: 'signal' }, 'signal', /^SIGABRT/],
  ['a word about heaps only', { code: 1, stderrTail: HEAP }, 'crash', /exit code 1/],
  ['a stop', { signal: 'SIGINT', told: 'stop', why: 'ada' }, 'stop', /^it was stopped by command of ada$/],
  ['a stop by nobody known', { signal: 'SIGINT', told: 'stop' }, 'stop', /^it was stopped$/],
  [
    'a stop by force',
    { signal: 'SIGKILL', told: 'stop', why: 'ada' },
    'stop',
    /kill_timeout \(1600 ms\) and was killed$/,
  ],
  [
    'pm itself before the kernel',
    { signal: 'SIGKILL', told: 'stop', oomKill: 'machine' },
    'stop',
    /^it was stopped/,
  ],
  [
    'a trigger',
    { signal: 'SIGINT', told: 'cron', why: 'cron_restart @daily' },
    'cron',
    /^pm renewed it: cron_restart @daily$/,
  ],
  [
    'no readiness',
    { signal: 'SIGINT', told: 'not ready', why: 'no ready message' },
    'not ready',
    /in time: no ready message$/,
  ],
  [
    'no start',
    { cause: 'spawn failed', error: 'spawn ENOENT' },
    'spawn failed',
    /could not be started: spawn ENOENT$/,
  ],
  ['no shim', { cause: 'shim lost', error: 'gone' }, 'shim lost', /^it lost its shim/],
])('%s', (_title, changes, cause, words) => {
  const judgement = judgeEnd(facts(changes));
  expect(judgement.cause).toBe(cause);
  expect(judgement.words).toMatch(words);
});

describe('the lines that are kept', () => {
  const trace = Array.from({ length: 12 }, (_, n) => `    at f${n} (/a.js:1:1)`);
  const kept = (...stderrTail: string[]): readonly string[] =>
    judgeEnd(facts({ code: 1, stderrTail })).stderrTail;

  test('are the last ten', () => {
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);
    expect(kept(...lines)).toEqual(lines.slice(-10));
  });
  test('begin with the error that a long trace belongs to', () => {
    expect(kept('before', 'TypeError: x is not a function', ...trace)).toEqual([
      'TypeError: x is not a function',
      ...trace.slice(0, 9),
    ]);
    expect(kept(...HEAP, ...trace)[0]).toBe(HEAP[1]);
  });
  test('are never more than fit: long ones are cut', () => {
    expect(kept('x'.repeat(5000))[0]).toHaveLength(201);
  });
});
