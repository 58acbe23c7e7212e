import {
  NO_RESTARTS,
  decideRestart,
  type RestartCounters,
  type RestartFacts,
} from '../../../../src/god/policy/restart';

const LIMITS: RestartFacts['limits'] = {
  autorestart: true,
  stopExitCodes: [],
  maxRestarts: 16,
  minUptimeMs: 1000,
  restartWindow: '60 in 10m',
  restartDelayMs: 0,
  expBackoffRestartDelayMs: 0,
};

interface Given {
  limits?: Partial<RestartFacts['limits']>;
  counters?: Partial<RestartCounters>;
  code?: number | null;
  uptimeMs?: number;
  nowMs?: number;
}

const decide = ({ limits, counters, code = 1, uptimeMs = 60_000, nowMs = 1_000_000 }: Given) =>
  decideRestart({
    exit: { code, uptimeMs },
    limits: { ...LIMITS, ...limits },
    counters: { ...NO_RESTARTS, ...counters },
    nowMs,
    random: 0.5,
  });

const times = (count: number, stepMs: number): number[] =>
  Array.from({ length: count }, (_, index) => 1_000_000 - (count - index) * stepMs);

test.each<[string, Given, string, string]>([
  ['a long run is followed by a restart at once', {}, 'restart 0', 'restart at once'],
  ['code 0 restarts too', { code: 0 }, 'restart 0', 'restart at once'],
  [
    'the first quick exit restarts at once',
    { uptimeMs: 50 },
    'restart 0',
    'restart at once (1st quick exit)',
  ],
  [
    'the second after a breath',
    { uptimeMs: 50, counters: { quickExits: 1 } },
    'restart 100',
    'restart in 100 ms (2nd quick exit)',
  ],
  [
    'the third waits longer',
    { uptimeMs: 50, counters: { quickExits: 2 } },
    'restart 200',
    'restart in 200 ms (3rd quick exit)',
  ],
  [
    'the eleventh is spelt right',
    { uptimeMs: 50, counters: { quickExits: 10 } },
    'restart 1631',
    'restart in 1.6 s (11th quick exit)',
  ],
  ['autorestart off stops', { limits: { autorestart: false } }, 'stopped', 'autorestart is off'],
  [
    'a stop code stops',
    { code: 3, limits: { stopExitCodes: [0, 3] } },
    'stopped',
    'exit code 3 is in stop_exit_codes',
  ],
  [
    'a signal is no stop code',
    { code: null, limits: { stopExitCodes: [0] } },
    'restart 0',
    'restart at once',
  ],
  [
    'the 16th quick exit in a row is one too many',
    { uptimeMs: 50, counters: { quickExits: 15, firstQuickAtMs: 990_000 } },
    'errored',
    'limit: 16 quick exits in a row (max_restarts 16, each before 1 s)',
  ],
  [
    'max_restarts 0 allows no quick exit',
    { uptimeMs: 50, limits: { maxRestarts: 0 } },
    'errored',
    'limit: 1 quick exit (max_restarts 0, each before 1 s)',
  ],
  ['max_restarts 0 allows a long run', { limits: { maxRestarts: 0 } }, 'restart 0', 'restart at once'],
  [
    'restart_delay is kept',
    { limits: { restartDelayMs: 3000 } },
    'restart 3000',
    'restart in 3 s (restart_delay)',
  ],
  [
    'with restart_delay a slow row of quick exits is none',
    { uptimeMs: 50, limits: { restartDelayMs: 3000 }, counters: { quickExits: 15, firstQuickAtMs: 950_000 } },
    'restart 3000',
    'restart in 3 s (restart_delay)',
  ],
  [
    'with a short restart_delay a storm is one',
    { uptimeMs: 50, limits: { restartDelayMs: 100 }, counters: { quickExits: 15, firstQuickAtMs: 995_000 } },
    'errored',
    'limit: 16 quick exits in a row (max_restarts 16, each before 1 s)',
  ],
  [
    'the back-off begins with its value',
    { limits: { expBackoffRestartDelayMs: 100 } },
    'restart 100',
    'restart in 100 ms (exp_backoff_restart_delay)',
  ],
  [
    'grows by half, rounded down',
    { uptimeMs: 50, limits: { expBackoffRestartDelayMs: 100 }, counters: { backoffMs: 225 } },
    'restart 337',
    'restart in 337 ms (exp_backoff_restart_delay)',
  ],
  [
    'up to 15 s',
    { uptimeMs: 50, limits: { expBackoffRestartDelayMs: 100 }, counters: { backoffMs: 14_000 } },
    'restart 15000',
    'restart in 15 s (exp_backoff_restart_delay)',
  ],
  [
    'and anew after 30 s of uptime',
    { uptimeMs: 30_000, limits: { expBackoffRestartDelayMs: 100 }, counters: { backoffMs: 5000 } },
    'restart 100',
    'restart in 100 ms (exp_backoff_restart_delay)',
  ],
  [
    'the window counts restarts at any uptime',
    { counters: { restartTimesMs: times(60, 9000) } },
    'errored',
    'limit: 60 restarts within 10 min (restart_window 60 in 10m)',
  ],
  [
    'what left the window does not count',
    { counters: { restartTimesMs: times(60, 11_000) } },
    'restart 0',
    'restart at once',
  ],
  [
    'what lies in the future does not either: the clock was set back',
    { counters: { restartTimesMs: times(60, 10).map((atMs) => atMs + 3_600_000) } },
    'restart 0',
    'restart at once',
  ],
  [
    'the window can be off',
    { limits: { restartWindow: 'off' }, counters: { restartTimesMs: times(60, 10) } },
    'restart 0',
    'restart at once',
  ],
  [
    'a periodic job (code 0 and restart_delay) is not a failure',
    { code: 0, limits: { restartDelayMs: 5000 }, counters: { restartTimesMs: times(60, 5000) } },
    'restart 5000',
    'restart in 5 s (restart_delay)',
  ],
])('%s', (_, given, expected, reason) => {
  const { decision } = decide(given);
  expect(decision.kind === 'restart' ? `restart ${decision.delayMs}` : decision.kind).toBe(expected);
  expect(decision.reason).toBe(reason);
});

test('no more restarts are remembered than the window allows', () => {
  const { counters } = decide({
    code: 0,
    limits: { restartDelayMs: 100, restartWindow: '3 in 10m' },
    counters: { restartTimesMs: times(5, 1000) },
  });
  expect(counters.restartTimesMs).toEqual([998_000, 999_000, 1_000_000]);
});

test('a long run ends the row of quick exits', () => {
  expect(decide({ counters: { quickExits: 9, firstQuickAtMs: 5 } }).counters).toMatchObject({
    quickExits: 0,
    firstQuickAtMs: null,
  });
});

test('an app that dies at once is errored after 15 restarts and in less than 30 s, whatever the jitter', () => {
  for (const random of [0, 0.5, 0.999]) {
    let counters = NO_RESTARTS;
    let nowMs = 0;
    let restarts = 0;
    for (;;) {
      nowMs += 100;
      const verdict = decideRestart({
        exit: { code: 1, uptimeMs: 100 },
        limits: LIMITS,
        counters,
        nowMs,
        random,
      });
      counters = verdict.counters;
      if (verdict.decision.kind !== 'restart') break;
      restarts++;
      nowMs += verdict.decision.delayMs;
    }
    expect(restarts).toBe(15);
    expect(nowMs).toBeGreaterThan(10_000);
    expect(nowMs).toBeLessThan(30_000);
  }
});
