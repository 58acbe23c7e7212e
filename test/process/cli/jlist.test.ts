import { spawnSync } from 'node:child_process';
import { app, createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

interface Record_ {
  readonly pid: number;
  readonly name: string;
  readonly pm2_env: Readonly<Record<string, unknown>>;
  readonly pm_id: number;
  readonly monit: { readonly memory: number; readonly cpu: number };
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isPath = (value: unknown): boolean => typeof value === 'string' && value.startsWith('/');
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isEpoch = (value: unknown): boolean => isNumber(value) && (value as number) > 1.5e12;
const isList = (value: unknown): boolean => Array.isArray(value);
const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** PM2-FACTS §4.2: what is in every record, and of which type. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: isText,
  filter_env: isList,
  namespace: isText,
  env: isObject,
  merge_logs: isFlag,
  vizion: isFlag,
  autostart: isFlag,
  autorestart: isFlag,
  watch: (value) => isFlag(value) || isList(value),
  instance_var: isText,
  pmx: isFlag,
  automation: isFlag,
  treekill: isFlag,
  username: isText,
  windowsHide: isFlag,
  kill_retry_time: isNumber,
  node_args: isList,
  pm_exec_path: isPath,
  pm_cwd: isPath,
  exec_interpreter: isText,
  exec_mode: (value) => value === 'fork_mode' || value === 'cluster_mode',
  instances: isNumber,
  pm_out_log_path: isPath,
  pm_err_log_path: isPath,
  pm_pid_path: isPath,
  km_link: isFlag,
  vizion_running: isFlag,
  NODE_APP_INSTANCE: isNumber,
  unique_id: (value) => /^[0-9a-f-]{36}$/.test(String(value)),
  status: isText,
  pm_uptime: isEpoch,
  axm_actions: isList,
  axm_monitor: isObject,
  axm_options: isObject,
  axm_dynamic: isObject,
  created_at: (value) => value === null || isEpoch(value),
  pm_id: isNumber,
  restart_time: isNumber,
  unstable_restarts: isNumber,
  version: isText,
};

describe("jlist has PM2's shape", () => {
  let home: TestHome;
  let records: Map<string, Record_>;
  beforeAll(async () => {
    home = createHome();
    const job = { script: app('crash-at-once.js') };
    const serving = { script: app('server.js') };
    home.write('package.json', '{"version":"4.5.6"}');
    home.write('versioned.js', `require('node:http').createServer().listen(0)`);
    home.write(
      'ecosystem.json',
      JSON.stringify({
        apps: [
          {
            ...serving,
            name: 'forked',
            env: { PORT: '8123', status: 'mine' },
            port: 8123,
            args: 'a "b c"',
            max_memory_restart: '300M',
          },
          {
            script: 'versioned.js',
            cwd: home.cwd,
            name: 'clustered',
            instances: 2,
            exec_mode: 'cluster',
            namespace: 'web',
            kill_timeout: 3000,
          },
          { ...serving, name: 'halted' },
          { ...job, name: 'failed', max_restarts: 1 },
          { ...job, name: 'waiting', restart_delay: 600_000 },
        ],
      }),
    );
    await home.ok(['start', 'ecosystem.json']);
    await home.ok(['stop', 'halted']);
    await until('all are where they should be', async () => {
      const views = await home.list();
      const statusOf = (name: string): string | undefined => views.find((view) => view.name === name)?.status;
      return (
        statusOf('failed') === 'errored' &&
        statusOf('waiting') === 'waiting restart' &&
        statusOf('clustered') === 'online'
      );
    });
    const { stdout } = await home.ok(['jlist']);
    expect(stdout).not.toContain('\n');
    const list = JSON.parse(stdout) as Record_[];
    expect(list.map(({ pm_id }) => pm_id)).toEqual([0, 1, 2, 3, 4, 5]);
    records = new Map(list.map((record) => [record.pm_id === 2 ? 'clustered 1' : record.name, record]));
  });
  afterAll(() => home.dispose());

  const STATES: [name: string, status: string, isRunning: boolean][] = [
    ['forked', 'online', true],
    ['clustered', 'online', true],
    ['clustered 1', 'online', true],
    ['halted', 'stopped', false],
    ['failed', 'errored', false],
    ['waiting', 'waiting restart', false],
  ];
  test.each(STATES)('%s: five keys, every field with its type, %s', (name, status, isRunning) => {
    const record = records.get(name)!;
    expect(Object.keys(record)).toEqual(['pid', 'name', 'pm2_env', 'pm_id', 'monit']);
    const wrong = Object.entries(FIELDS).filter(([field, is]) => !is(record.pm2_env[field]));
    expect(wrong.map(([field]) => `${field}: ${JSON.stringify(record.pm2_env[field])}`)).toEqual([]);
    expect(record.pm2_env['status']).toBe(status);
    expect(record.pid > 0).toBe(isRunning);
    if (isRunning) {
      expect(record.monit.memory).toBeGreaterThan(10e6);
      expect(record.pm2_env['node_version']).toBe(process.versions.node);
      expect(record.pm2_env).not.toHaveProperty('exit_code');
    } else expect(record.monit).toEqual({ memory: 0, cpu: 0 });
  });

  test('what was configured is there, what was not is absent', () => {
    const forked = records.get('forked')!.pm2_env;
    expect(forked).toMatchObject({
      name: 'forked',
      namespace: 'default',
      args: ['a', 'b c'],
      exec_mode: 'fork_mode',
      instances: 1,
      exec_interpreter: 'node',
      pm_exec_path: app('server.js'),
      pm_cwd: home.cwd,
      max_memory_restart: 300 * 1024 * 1024,
      merge_logs: true,
      PORT: '8123',
      pm_out_log_path: `${home.logsDir}/forked-out.log`,
      restart_time: 0,
    });
    // A variable twice, as PM2 has it; but one that is called like a field does not hide it.
    expect(forked['env']).toMatchObject({ PORT: '8123', status: 'mine', PATH: home.env['PATH'] });
    for (const absent of [
      'max_restarts',
      'cron_restart',
      'uid',
      'kill_timeout',
      'pm_log_path',
      'restart_delay',
    ])
      expect(forked).not.toHaveProperty(absent);
    expect(records.get('clustered')!.pm2_env).toMatchObject({
      namespace: 'web',
      exec_mode: 'cluster_mode',
      instances: 2,
      kill_timeout: 3000,
      version: '4.5.6',
      merge_logs: false,
      NODE_APP_INSTANCE: 0,
      pm_err_log_path: `${home.logsDir}/clustered-error-1.log`,
    });
    expect(records.get('clustered 1')!.pm2_env).toMatchObject({ NODE_APP_INSTANCE: 1, pm_id: 2 });
  });

  test('how the others ended', () => {
    expect(records.get('failed')!.pm2_env).toMatchObject({ exit_code: 1, created_at: null });
    expect(records.get('waiting')!.pm2_env).toMatchObject({ exit_code: 1, restart_delay: 600_000 });
    expect(records.get('halted')!.pm2_env).toMatchObject({ exit_code: 0 });
  });

  const withJq = spawnSync('jq', ['--version']).status === 0 ? test : test.skip;
  withJq.each([
    ['.[] | select(.name=="forked") | .pm2_env.status', 'online'],
    ['.[] | select(.name=="forked") | .pm2_env.env.PORT', '8123'],
    ['.[] | select(.name=="halted") | .pid', '0'],
    ['[.[] | select(.pm2_env.status=="online")] | length', '3'],
    ['.[] | select(.name=="forked") | .pm2_env.pm_out_log_path | endswith("/forked-out.log")', 'true'],
    ['[.[].monit.memory] | add > 10000000', 'true'],
    ['map(select(.pm2_env.namespace=="web").pm_id) | @csv', '1,2'],
    ['.[0].pm2_env.pm_uptime < now * 1000', 'true'],
  ])('pm jlist | jq %j', async (recipe, answer) => {
    const { stdout } = await home.ok(['jlist']);
    const jq = spawnSync('jq', ['-r', recipe], { input: stdout, encoding: 'utf8' });
    expect(jq.stdout.trim() + jq.stderr).toBe(answer);
  });

  test('prettylist shows the same', async () => {
    const { stdout } = await home.ok(['prettylist']);
    for (const name of ['forked', 'clustered', 'halted', 'failed', 'waiting'])
      expect(stdout).toContain(`name: '${name}'`);
    expect(stdout).toMatch(/^\[\n {2}\{\n {4}pid: \d+,/);
  });
});
