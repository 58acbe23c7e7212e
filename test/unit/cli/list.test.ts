import { PIPED_COLUMNS, type Terminal } from '../../../src/cli/render/output';
import { renderList } from '../../../src/cli/render/list';
import { renderMiniList } from '../../../src/cli/render/mini-list';
import { loadPaint, plainPaint } from '../../../src/cli/render/paint';
import { widthOf } from '../../../src/cli/render/text-width';
import type { ExitReport } from '../../../src/model/instance';
import { comparisonOf } from '../../../src/cli/table';
import { NOW_MS, viewOf } from './samples';

const wideAs = (columns: number): Terminal => ({ isTty: true, colour: false, columns });
const list = (views: Parameters<typeof renderList>[0], columns = PIPED_COLUMNS): string[] =>
  renderList(views, wideAs(columns), plainPaint, NOW_MS).split('\n');

describe('the table', () => {
  test("has PM2's columns and widths", () => {
    expect(
      list([
        viewOf(),
        viewOf({ id: 12, name: 'a-longer-name', status: 'errored', pid: 0, mode: 'cluster', memoryBytes: 0 }),
      ]),
    ).toEqual([
      '┌────┬──────────────────┬─────────────┬─────────┬─────────┬──────────┬────────┬──────┬───────────┬──────────┬──────────┬──────────┬──────────┐',
      '│ id │ name             │ namespace   │ version │ mode    │ pid      │ uptime │ ↺    │ status    │ cpu      │ mem      │ user     │ watching │',
      '├────┼──────────────────┼─────────────┼─────────┼─────────┼──────────┼────────┼──────┼───────────┼──────────┼──────────┼──────────┼──────────┤',
      '│ 0  │ api              │ default     │ 1.2.3   │ fork    │ 4711     │ 5s     │ 2    │ online    │ 1.5%     │ 26.5mb   │ ada      │ disabled │',
      '│ 12 │ a-longer-name    │ default     │ 1.2.3   │ cluster │ 0        │ 0      │ 2    │ errored   │ 1.5%     │ 0b       │ ada      │ disabled │',
      '└────┴──────────────────┴─────────────┴─────────┴─────────┴──────────┴────────┴──────┴───────────┴──────────┴──────────┴──────────┴──────────┘',
    ]);
  });

  test('without an app is its head', () => {
    expect(list([])).toEqual([
      '┌────┬───────────┬─────────────┬─────────┬─────────┬──────────┬────────┬──────┬───────────┬──────────┬──────────┬──────────┬──────────┐',
      '│ id │ name      │ namespace   │ version │ mode    │ pid      │ uptime │ ↺    │ status    │ cpu      │ mem      │ user     │ watching │',
      '└────┴───────────┴─────────────┴─────────┴─────────┴──────────┴────────┴──────┴───────────┴──────────┴──────────┴──────────┴──────────┘',
    ]);
  });

  test.each([
    [
      300,
      [
        'id',
        'name',
        'namespace',
        'version',
        'mode',
        'pid',
        'uptime',
        '↺',
        'status',
        'cpu',
        'mem',
        'user',
        'watching',
      ],
    ],
    // Of 13 columns all but the least important, and only as wide as what stands in them.
    [
      100,
      ['id', 'name', 'namespace', 'version', 'mode', 'pid', 'uptime', '↺', 'status', 'cpu', 'mem', 'user'],
    ],
    [80, ['id', 'name', 'namespace', 'mode', 'pid', 'uptime', '↺', 'status', 'cpu', 'mem']],
    [60, ['id', 'name', 'pid', 'uptime', '↺', 'status', 'cpu', 'mem']],
    [20, ['name', 'status']],
  ])('in %d columns shows what fits', (columns, heads) => {
    const [top = '', head = ''] = list([viewOf()], columns);
    expect(
      head
        .split('│')
        .map((word) => word.trim())
        .filter(Boolean),
    ).toEqual(heads);
    expect(top.length).toBeLessThanOrEqual(columns);
  });

  test('cuts what is too long, and keeps its lines straight for wide letters', () => {
    const rows = list([
      viewOf({ name: 'x'.repeat(60), status: 'waiting restart' }),
      viewOf({ name: '日本語' }),
      viewOf({ name: 'tea ☕' }),
    ]);
    expect(rows[3]).toContain(`│ ${'x'.repeat(37)}… │`);
    expect(rows[3]).toContain('│ waiting restart │');
    expect(rows[4]).toContain(`│ 日本語${' '.repeat(32)} │`);
    expect(rows[5]).toContain(`│ tea ☕${' '.repeat(32)} │`);
  });

  const exitOf = (atMs: number): ExitReport => ({
    ...{ atMs, pid: 7, code: 1, signal: null, uptimeMs: 4000, cause: 'crash' },
    ...{ decision: 'restart at once', stderrTail: [] },
  });

  test('names what ails one that is online between two crashes, until it has been calm for a while', () => {
    const sick = viewOf({ id: 1, exits: [exitOf(NOW_MS - 5000)] });
    const calm = viewOf({ id: 2, exits: [exitOf(NOW_MS - 11 * 60_000)] });
    const rows = list([sick, calm]);
    expect(rows[1]).toMatch(/│ why +│ last exit │$/);
    expect(rows[3]).toContain('│ crash │ 5s ago    │');
    expect(rows[4]).toMatch(/│ +│ +│$/);
    expect(list([calm])[1]).not.toContain('why');
  });

  test.each([20, 30, 40, 60, 80, 100, 120, 160, 200])('is never wider than %d columns', (columns) => {
    const views = [
      viewOf({ name: 'n'.repeat(40), exits: [exitOf(NOW_MS - 5000)] }),
      viewOf({ id: 31, name: '日本語', status: 'waiting restart', exits: [exitOf(NOW_MS)] }),
    ];
    const rows = list(views, columns);
    expect(Math.max(...rows.map((row) => widthOf(row)))).toBeLessThanOrEqual(columns);
    if (columns > 25) expect(rows[1]).toMatch(/na.*st.*why/);
  });

  test('never lets a name act on the terminal', () => {
    expect(list([viewOf({ name: 'a\u001b[2Jb\nc' })]).join('\n')).toContain('│ a?[2Jb?c ');
  });

  test('is coloured by what is well and what is not', async () => {
    const paint = await loadPaint(true);
    const shown = renderList(
      [viewOf(), viewOf({ status: 'launching' }), viewOf({ status: 'stopped' })],
      wideAs(300),
      paint,
      NOW_MS,
    );
    expect(shown).toContain(paint.green(' online    '));
    expect(shown).toContain(paint.blue(' launching '));
    expect(shown).toContain(paint.red(' stopped   '));
  });
});

describe('the order of the table', () => {
  const views = [
    viewOf({
      id: 3,
      name: 'b',
      memoryBytes: 5,
      startedAtMs: 10,
      pid: 7,
      cpuPercent: 1,
      namespace: 'z',
      status: 'online',
    }),
    viewOf({
      id: 1,
      name: 'a',
      memoryBytes: 9,
      startedAtMs: null,
      pid: 0,
      cpuPercent: 3,
      namespace: 'y',
      status: 'stopped',
    }),
    viewOf({
      id: 2,
      name: 'b',
      memoryBytes: 1,
      startedAtMs: 30,
      pid: 5,
      cpuPercent: 2,
      namespace: 'x',
      status: 'errored',
    }),
  ];
  test.each([
    ['name', [1, 2, 3]],
    ['name:desc', [2, 3, 1]],
    ['id', [1, 2, 3]],
    ['memory:desc', [1, 3, 2]],
    ['cpu', [3, 2, 1]],
    ['pid', [1, 2, 3]],
    ['uptime:desc', [3, 2, 1]],
    ['namespace', [2, 1, 3]],
    ['status', [2, 3, 1]],
    ['restarts', [1, 2, 3]],
    ['exit', [1, 2, 3]],
  ])('--sort %s', (wanted, ids) => {
    expect([...views].sort(comparisonOf(wanted)).map(({ id }) => id)).toEqual(ids);
  });

  test.each(['nosuch', 'name:up', 'name:asc:desc', 'constructor', ''])('--sort %s is refused', (wanted) => {
    expect(() => comparisonOf(wanted)).toThrow('Cannot sort by');
  });
});

test('the mini list has the lines of PM2', () => {
  expect(renderMiniList([viewOf()], NOW_MS).split('\n')).toEqual([
    '+--- api',
    'namespace : default',
    'version : 1.2.3',
    'pid : 4711',
    'pm2 id : 0',
    'status : online',
    'mode : fork',
    'restarted : 2',
    'uptime : 5s',
    'memory usage : 26.5mb',
    'error log : /h/.pm/logs/api-error.log',
    'watching : no',
    'PID file : /h/.pm/pids/api-0.pid',
  ]);
});
