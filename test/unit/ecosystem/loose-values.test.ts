import { normaliseApps, openDocument, type PmDocument } from '../../../src/ecosystem';
import { parseJson } from '../../../src/ecosystem/read/parse-json';
import { contextIn, documentOf, failureOf, folderWith } from './support';

const folder = (): string => folderWith({ 'app.js': '' });
const read = (document: PmDocument, more: Parameters<typeof contextIn>[1] = {}) =>
  normaliseApps(document, contextIn(folder(), more));

describe('what PM2 does not know is passed over with a warning', () => {
  test.each([
    [{ wibble: 1 }, 'apps[0].wibble: unknown attribute (ignored)'],
    [{ instnaces: 2 }, 'apps[0].instnaces: unknown attribute; did you mean "instances"? (ignored)'],
    [
      { maxMemoryRestrat: '1M' },
      'apps[0].maxMemoryRestrat: unknown attribute; did you mean "maxMemoryRestart"? (ignored)',
    ],
    [
      { time_format: 'YYYY' },
      'apps[0].time_format: unknown attribute; here it is "log_date_format" (ignored)',
    ],
    [{ max_restart: 3 }, 'apps[0].max_restart: unknown attribute; here it is "max_restarts" (ignored)'],
    [
      { gracefulTimeout: 3 },
      'apps[0].gracefulTimeout: unknown attribute; here it is "kill_timeout" (ignored)',
    ],
    [{ next_gen_js: true }, 'apps[0].next_gen_js: unknown attribute (ignored)'],
    [{ module_conf: {} }, 'apps[0].module_conf: unknown attribute (ignored)'],
    [{ options: null }, 'apps[0].options: unknown attribute (ignored)'],
    [
      { log_type: 'jsno' },
      'apps[0].log_type: expected one of raw, json, got "jsno"; did you mean "json"? (ignored)',
    ],
    [
      { env_production: 'NODE_ENV=x' },
      'apps[0].env_production: expected an object of variables, got a string (ignored)',
    ],
    [{ kill_timeout: -1 }, 'apps[0].kill_timeout: -1 is below 0 (ignored)'],
    [
      { stop_exit_codes: ['x'] },
      "apps[0].stop_exit_codes: expected a whole number or a list of them, got [ 'x' ]",
    ],
  ])('%p: %s', (attributes, warning) => {
    const { apps, warnings } = read(documentOf({ script: 'app.js', ...attributes }));
    expect(apps).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });

  test('a file tells its line', () => {
    const { value, lineOf } = parseJson('{\n "script": "app.js",\n "wibble": 1\n}', '/x.json');
    expect(read(openDocument(value, '/x.json', lineOf)).warnings).toEqual([
      'line 3: wibble: unknown attribute (ignored)',
    ]);
  });

  test('a static site passes it on to the app that serves it', () => {
    const sites = openDocument({ static: [{ port: 80, watch: true, wibble: 1 }] });
    const { apps, warnings } = read(sites, { staticServer: '/bin/sh' });
    expect(apps[0]).toMatchObject({ watch: true });
    expect(warnings).toEqual(['static[0].wibble: unknown attribute (ignored)']);
  });

  test.each([['$comment'], ['_note'], ['x-team'], ['//']])('%s is a note, and nothing is said', (key) => {
    expect(read(documentOf({ script: 'app.js', [key]: 'text' })).warnings).toEqual([]);
  });

  test.each<[string, PmDocument, Parameters<typeof contextIn>[1]]>([
    ['--strict or PM_STRICT', documentOf({ script: 'app.js', wibble: 1 }), { strict: true }],
    ['strict: true in the file', openDocument({ strict: true, apps: [{ script: 'app.js', wibble: 1 }] }), {}],
  ])('%s makes an error of it', async (_how, document, more) => {
    const failure = await failureOf(() => read(document, more));
    expect(failure.code).toBe('CONFIG_INVALID');
    expect(failure.message).toContain('apps[0].wibble: unknown attribute');
    expect(failure.message).not.toContain('ignored');
  });
});

describe('what PM2 takes for "not set" is not set', () => {
  const usual = read(documentOf({ script: 'app.js', name: 'app' })).apps[0];

  test.each(
    [
      [['max_memory_restart'], ['', false, null, undefined, 0, '0', NaN, Infinity, [], [null]]],
      [
        ['listen_timeout', 'kill_retry_time', 'restart_delay'],
        ['', false, 0, NaN, Infinity, [], -1, '-1'],
      ],
      [
        ['exp_backoff_restart_delay', 'kill_timeout', 'watch_delay', 'port'],
        ['', false, NaN, [], -1],
      ],
      [['min_uptime'], [0]],
      [
        ['max_restarts', 'min_uptime'],
        ['', false, null, NaN, []],
      ],
      [['cron_restart'], ['', false, 0, '0', NaN, []]],
      [
        ['out_file', 'error_file', 'pid_file', 'log_date_format', 'instance_var', 'increment_var'],
        ['', false, 0, NaN],
      ],
      [
        ['exec_interpreter', 'exec_mode', 'namespace', 'log_type', 'username', 'name'],
        ['', false, 0, NaN],
      ],
      [
        ['args', 'node_args', 'ignore_watch', 'env_file'],
        ['', false, 0, NaN],
      ],
      [
        ['env', 'env_production', 'watch_options', 'io'],
        ['', false, 0, NaN],
      ],
      [
        ['wait_ready', 'time', 'merge_logs', 'disable_logs'],
        ['', 0, NaN],
      ],
      [
        ['watch', 'filter_env', 'log_file'],
        ['', NaN],
      ],
      [
        ['uid', 'gid'],
        ['', NaN, null],
      ],
    ].flatMap(([names = [], values = []]) => names.flatMap((name) => values.map((value) => [name, value]))),
  )('%s: %p', (name, value) => {
    const { apps } = read(documentOf({ script: 'app.js', name: 'app', [String(name)]: value }));
    expect({ ...apps[0], cwd: '', script: '' }).toEqual({ ...usual, cwd: '', script: '' });
  });

  test.each([[{ autorestart: 0 }], [{ autostart: '' }], [{ treekill: NaN }], [{ vizion: 0 }]])(
    '%p is refused: of what is on, "not set" would be the opposite of what was meant',
    async (attributes) => {
      const failure = await failureOf(() => read(documentOf({ script: 'app.js', ...attributes })));
      expect(failure.message).toContain('expected true or false');
    },
  );
});

describe('loose values are read as PM2 reads them', () => {
  test.each([
    [{ instances: 1.5 }, { instances: 1, execMode: 'cluster' }],
    [{ instances: [1] }, { instances: 1 }],
    [{ instances: ' 2 ' }, { instances: 2 }],
    [{ instances: '' }, { instances: 4 }],
    [{ max_restarts: Infinity }, { maxRestarts: Number.MAX_SAFE_INTEGER }],
    [{ max_restarts: '1.5' }, { maxRestarts: 1 }],
    [{ kill_timeout: [3000] }, { killTimeoutMs: 3000 }],
    [{ execute_command: 1 }, { executeCommand: true }],
    [{ args: [1, true, null, 'x'] }, { args: ['1', 'true', 'null', 'x'] }],
    [{ ignore_watch: [/\.log$/, 'tmp', true] }, { ignoreWatch: ['/\\.log$/', 'tmp', 'true'] }],
    [{ stop_exit_codes: [0, 'x', '2'] }, { stopExitCodes: [0, 2] }],
    [{ restart_window: false }, { restartWindow: 'off' }],
    [{ uid: '0' }, { uid: 0 }],
    [{ time: true, log_date_format: 'HH:mm' }, { logDateFormat: 'YYYY-MM-DDTHH:mm:ss' }],
    [{ time: false, log_date_format: 'HH:mm' }, { logDateFormat: 'HH:mm' }],
    [{ args: [] }, { args: [], argsGiven: true }],
    [{ env: { N: 1, B: true, S: 's' } }, { typedEnv: { N: 1, B: true } }],
  ])('%p becomes %p', (attributes, expected) => {
    expect(read(documentOf({ script: 'app.js', ...attributes })).apps[0]).toMatchObject(expected);
  });
});
