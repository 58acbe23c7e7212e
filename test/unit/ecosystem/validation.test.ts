import { normaliseApps, openDocument } from '../../../src/ecosystem';
import { contextIn, documentOf, failureOf, folderWith } from './support';

const problemsOf = async (...apps: readonly unknown[]): Promise<string[]> => {
  const folder = folderWith({ 'app.js': '' });
  const failure = await failureOf(() => normaliseApps(documentOf(...apps), contextIn(folder)));
  expect(failure.code).toBe('CONFIG_INVALID');
  return failure.message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
};

test.each([
  [
    { max_memory_restart: 'lots' },
    'apps[0].max_memory_restart: expected a size such as 150M or a number of bytes, got "lots"',
  ],
  [
    { max_memory_restart: true },
    'Expect "max_memory_restart" to be a typeof [object Number] or [object String], but now is [object Boolean]',
  ],
  [
    { max_restarts: 'lots' },
    'Expect "max_restarts" to be a typeof [object Number], but now is [object String]',
  ],
  [{ instances: Infinity }, 'apps[0].instances: expected a whole number or "max", got Infinity'],
  [{ instances: '10s' }, 'apps[0].instances: expected a whole number or "max", got "10s"'],
  [{ min_uptime: 3 }, 'The minimum of "min_uptime" is 100, but now is 3'],
  [{ min_uptime: '3' }, 'apps[0].min_uptime: expected at least 100, got "3"'],
  [
    { kill_timeout: '5 min' },
    'apps[0].kill_timeout: expected a time such as 90s, 2m, 500ms or a number of milliseconds, got "5 min"',
  ],
  [
    { autorestart: 'false' },
    'apps[0].autorestart: expected true or false, got "false" (Expect "autorestart" to be a typeof [object Boolean], but now is [object String])',
  ],
  [{ autorestart: 0 }, 'apps[0].autorestart: expected true or false, got 0'],
  [{ name: 7 }, 'Expect "name" to be a typeof [object String], but now is [object Number]'],
  [{ instances: 'many' }, 'apps[0].instances: expected a whole number or "max", got "many"'],
  [
    { exec_mode: 'clutser' },
    'apps[0].exec_mode: expected one of fork, cluster, fork_mode, cluster_mode, got "clutser"; did you mean "cluster"?',
  ],
  [
    { restart_window: '0 in 10m' },
    'apps[0].restart_window: expected a limit such as "60 in 10m", or "off", got "0 in 10m"',
  ],
  [
    { cron_restart: 'daily' },
    'apps[0].cron_restart: expected a cron pattern of 5 or 6 fields, or 0 for off, got "daily"',
  ],
  [{ args: { port: 1 } }, 'apps[0].args: expected a string or a list of strings, got { port: 1 }'],
  [{ args: [['a']] }, 'apps[0].args: expected a string or a list of strings'],
  [{ watch: 1 }, 'apps[0].watch: expected true, false, a string or a list of strings, got 1'],
  [{ maxMemoryRestart: 'lots' }, 'apps[0].maxMemoryRestart: expected a size'],
  [{ drain_timeout: -1 }, 'apps[0].drain_timeout: expected at least 0, got -1'],
  [
    { out_file: 'a', output: 'b' },
    'apps[0].output: given twice, as out_file and as output, with different values',
  ],
  [{ cwd: './nowhere' }, 'apps[0].cwd: expected an existing folder, got '],
])('%p is refused with: %s', async (attributes, words) => {
  const problems = await problemsOf({ script: 'app.js', ...attributes });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(words);
});

test('variables are never shown, only what kind of thing stands there', async () => {
  const problems = await problemsOf({
    script: 'app.js',
    env: 'PASSWORD=hunter2',
    env_production: ['hunter2'],
  });
  expect(problems).toEqual([
    expect.stringContaining('apps[0].env: expected an object of variables, got a string'),
    expect.stringContaining('apps[0].env_production: expected an object of variables, got a list'),
  ]);
  expect(problems.join()).not.toContain('hunter2');
});

test('every problem of every app is told at once', async () => {
  const problems = await problemsOf(
    { script: 'app.js' },
    { script: 'app.js', name: 'b', watch: 7 },
    { script: 'app.js', name: 'c', max_restarts: -1, treekill: 'no' },
    'app.js',
  );
  expect(problems).toEqual([
    expect.stringMatching(/^apps\[1\]\.watch: expected true, false/),
    expect.stringMatching(/^apps\[2\]\.max_restarts: expected at least 0/),
    expect.stringMatching(/^apps\[2\]\.treekill: /),
    'apps[3]: expected an object, got a string',
  ]);
});

test('the very same app twice is a duplicate', async () => {
  const problems = await problemsOf({ script: 'app.js' }, { script: './app.js', name: 'app' });
  expect(problems).toEqual([
    'apps[1]: duplicate of apps[0]: same name "app" and same script ./app.js, and nothing else differs',
  ]);
});

test('the same command line twice is a duplicate, two different ones of one name are not', async () => {
  const folder = folderWith();
  const lines = (...scripts: string[]) => documentOf(...scripts.map((script) => ({ name: 'x', script })));
  expect(normaliseApps(lines('sleep 1', 'sleep 2'), contextIn(folder)).apps).toHaveLength(2);
  expect((await failureOf(() => normaliseApps(lines('sleep 1', 'sleep 1'), contextIn(folder)))).code).toBe(
    'CONFIG_INVALID',
  );
});

test.each([
  [{}, 'No script path - aborting: the app has no "script"'],
  [{ apps: [{ script: 'app.js' }, { name: 'b' }] }, 'No script path - aborting: apps[1] has no "script"'],
])('%p has no script to run', async (value, words) => {
  const failure = await failureOf(() =>
    normaliseApps(openDocument(value), contextIn(folderWith({ 'app.js': '' }))),
  );
  expect(failure).toMatchObject({ code: 'NO_SCRIPT', message: words });
});

test.each([[{ apps: [] }], [{ deploy: {} }], [[]]])('%p has no app in it', async (value) => {
  const failure = await failureOf(() => normaliseApps(openDocument(value), contextIn('/')));
  expect(failure.message).toContain('there is no app in it');
});

test('a bad option is named as it was typed', async () => {
  const context = contextIn(folderWith({ 'app.js': '' }), {
    cliOptions: { instances: 'abc', maxRestarts: 'x' },
  });
  const failure = await failureOf(() => normaliseApps(documentOf({ script: 'app.js' }), context));
  expect(failure.message).toMatch(
    /^Invalid options:\n {2}--instances: expected a whole number or "max", got "abc"/,
  );
  expect(failure.message).toContain('--max-restarts: expected a whole number');
});

test.each([
  [{ script: 'app.js', kill_timeout: '3000' }, { killTimeoutMs: 3000 }],
  [{ script: 'app.js', killTimeout: '1.5s' }, { killTimeoutMs: 1500 }],
  [{ exec: 'app.js' }, { name: 'app' }],
  [{ cmd: 'app.js', max_memory_restart: '1.5G' }, { maxMemoryRestartBytes: 1_610_612_736 }],
  [{ script: 'app.js', max_memory_restart: null, name: undefined }, { name: 'app' }],
  [{ script: 'app.js', out: 'a.log', out_log: 'a.log' }, { outFile: expect.stringMatching(/\/a\.log$/) }],
  [{ script: 'app.js', stop_exit_codes: 3 }, { stopExitCodes: [3] }],
  [{ script: 'app.js', stop_exit_codes: ['0', 2] }, { stopExitCodes: [0, 2] }],
  [{ script: 'app.js', args: ['--port', 3000] }, { args: ['--port', '3000'] }],
  [{ script: 'app.js', args: 'a "b c" d' }, { args: ['a', 'b c', 'd'] }],
  [{ script: 'app.js', watch: './src ./lib' }, { watch: ['./src', './lib'] }],
  [{ script: 'app.js', restart_window: 'off' }, { restartWindow: 'off' }],
  [{ script: 'app.js', $schema: 'x' }, { name: 'app' }],
])('%p becomes %p', (app, expected) => {
  const { apps } = normaliseApps(documentOf(app), contextIn(folderWith({ 'app.js': '' })));
  expect(apps[0]).toMatchObject(expected);
});
