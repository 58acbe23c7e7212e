import type { ExitReport } from '../../../src/model/instance';
import { renderDescription } from '../../../src/cli/render/describe';
import { plainPaint } from '../../../src/cli/render/paint';
import { NOW_MS, detailOf } from './samples';

const options = {
  terminal: { isTty: false, colour: false, columns: 300 },
  paint: plainPaint,
  nowMs: NOW_MS,
  git: [],
};
const describeOf = (...details: Parameters<typeof detailOf>): string =>
  renderDescription(detailOf(...details), options);

/** `│ name │ value │` → [name, value] */
const rowsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .map((line) => line.split('│').map((cell) => cell.trim()))
      .filter(({ length }) => length === 4)
      .map(([, name, value]) => [name!, value!]),
  );

const exit = (patch: Partial<ExitReport>): ExitReport => ({
  atMs: NOW_MS - 2000,
  pid: 12,
  code: 1,
  signal: null,
  uptimeMs: 250,
  cause: 'crash',
  decision: 'restart in 200 ms (2nd quick exit)',
  stderrTail: [],
  ...patch,
});

describe('the description', () => {
  test("has PM2's rows in order", () => {
    expect(Object.keys(rowsOf(describeOf())).slice(0, 21)).toEqual([
      ...['status', 'name', 'namespace', 'version', 'restarts', 'uptime', 'script path', 'script args'],
      ...[
        'error log path',
        'out log path',
        'pid path',
        'interpreter',
        'interpreter args',
        'script id',
        'exec cwd',
      ],
      ...['exec mode', 'node.js version', 'node env', 'watch & reload', 'unstable restarts', 'created at'],
    ]);
  });

  test('fits a narrow terminal: cells are broken, and exits are lines', () => {
    const text = renderDescription(
      detailOf({ reason: 'a reason that goes on for more than one line '.repeat(3), exits: [exit({})] }),
      { ...options, terminal: { isTty: true, colour: false, columns: 60 } },
    );
    expect(text.split('\n').filter((line) => line.length > 60)).toEqual([]);
    expect(text).toMatch(/pid 12, crash \(1\) after 250ms:/);
    expect(describeOf({ exits: [exit({})] })).toContain('│ decision');
  });

  test('says why the instance is in its state', () => {
    const rows = rowsOf(
      describeOf({
        status: 'waiting restart',
        reason: 'exited with code 1',
        nextStartAtMs: NOW_MS + 1500,
        lastRolloutError: 'api#0: not ready',
        listening: [
          { port: 80, address: '127.0.0.1', family: 4 },
          { port: 81, address: '::1', family: 6 },
          { port: null, address: '/run/x.sock', family: -1 },
        ],
      }),
    );
    expect(rows).toMatchObject({
      reason: 'exited with code 1',
      'next start': 'in 1.5s',
      'last reload failed': 'api#0: not ready',
      'listening on': '127.0.0.1:80, [::1]:81, /run/x.sock',
      shim: 'fork (pid 99)',
    });
  });

  test('lists the exits, the newest first, and the last words', () => {
    const text = describeOf({
      exits: [
        exit({ stderrTail: ['Error: first'] }),
        exit({ atMs: NOW_MS - 1000, stderrTail: ['Error: boom', '  at\u001b[31m x'] }),
        exit({
          atMs: NOW_MS,
          code: null,
          signal: 'SIGKILL',
          cause: 'signal',
          decision: 'limit: 16 quick exits',
        }),
      ],
    });
    expect(text.indexOf('SIGKILL')).toBeLessThan(text.indexOf('2nd quick exit'));
    expect(text).toContain('   Error: boom\n     at?[31m x');
    expect(text).not.toContain('Error: first');
  });

  test('shows the attributes that differ from their defaults, and which have no effect yet', () => {
    const rows = rowsOf(
      describeOf({}, { killTimeoutMs: 500, automation: false, configFile: '/srv/eco.config.js' }),
    );
    expect(rows).toMatchObject({
      kill_timeout: '500',
      automation: 'false (no effect yet)',
      'variables set': 'PORT',
      'config file': '/srv/eco.config.js',
    });
    expect(rows).not.toHaveProperty('listen_timeout');
  });

  test('never prints the values of the environment', () => {
    expect(describeOf({}, { env: { PASSWORD: 'hunter2' }, envNames: ['PASSWORD'] })).not.toContain('hunter2');
  });
});
