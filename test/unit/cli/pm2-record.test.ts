import { pm2Record } from '../../../src/cli/render/pm2-record';
import { NOW_MS, detailOf } from './samples';

const exit = {
  atMs: NOW_MS - 1000,
  pid: 4,
  code: null,
  signal: 'SIGKILL',
  uptimeMs: 300,
  cause: 'signal',
  decision: '',
  stderrTail: [],
} as const;

describe("PM2's record", () => {
  test('has its five keys in order', () => {
    const record = pm2Record(detailOf());
    expect(Object.keys(record)).toEqual(['pid', 'name', 'pm2_env', 'pm_id', 'monit']);
    expect(record).toMatchObject({
      pid: 4711,
      name: 'api',
      pm_id: 0,
      monit: { memory: 27_787_264, cpu: 1.5 },
    });
  });

  test('has the keys of pm2_env in order', () => {
    expect(Object.keys(pm2Record(detailOf()).pm2_env)).toEqual([
      ...[
        'name',
        'filter_env',
        'namespace',
        'env',
        'merge_logs',
        'vizion',
        'autostart',
        'autorestart',
        'watch',
      ],
      ...[
        'instance_var',
        'pmx',
        'automation',
        'treekill',
        'username',
        'windowsHide',
        'kill_retry_time',
        'node_args',
      ],
      ...['pm_exec_path', 'pm_cwd', 'exec_interpreter', 'exec_mode', 'instances', 'pm_out_log_path'],
      ...['pm_err_log_path', 'pm_pid_path', 'km_link', 'vizion_running', 'NODE_APP_INSTANCE', 'PATH', 'PORT'],
      ...['unique_id', 'status', 'pm_uptime', 'axm_actions', 'axm_monitor', 'axm_options', 'axm_dynamic'],
      ...['created_at', 'pm_id', 'restart_time', 'unstable_restarts', 'version', 'node_version'],
    ]);
  });

  test('shows other attributes only when they were given', () => {
    const { pm2_env: env } = pm2Record(
      detailOf({}, { killTimeoutMs: 500, maxMemoryRestartBytes: 1024, args: ['-x'] }),
    );
    expect(env).toMatchObject({ kill_timeout: 500, max_memory_restart: 1024, args: ['-x'] });
    expect(env).not.toHaveProperty('max_restarts');
  });

  test("a variable of the app replaces none of pm's fields", () => {
    const { pm2_env: env } = pm2Record(
      detailOf({ status: 'online' }, { env: { status: 'x', name: 'y', FOO: 'z' } }),
    );
    expect(env).toMatchObject({ status: 'online', name: 'api', FOO: 'z', env: { status: 'x', name: 'y' } });
  });

  test.each([
    ['merged for a single fork', {}, true],
    ['separate where instances were given', { instancesGiven: true }, false],
    ['as said', { instancesGiven: true, mergeLogs: true }, true],
  ])('logs are %s', (_title, spec, merged) => {
    expect(pm2Record(detailOf({}, spec)).pm2_env['merge_logs']).toBe(merged);
  });

  test('a stopped instance keeps the time of its last start, and exit code 0 for a signal', () => {
    const { pm2_env: env } = pm2Record(
      detailOf({ status: 'errored', startedAtMs: null, pid: 0, exits: [exit] }),
    );
    expect(env).toMatchObject({ exit_code: 0, pm_uptime: NOW_MS - 1300, created_at: null });
  });

  test.each([
    [
      { env: { N: '1', B: 'true' }, typedEnv: { N: 1, B: true } },
      { N: 1, B: true, env: { N: 1, B: true } },
    ],
    [{ env: { N: '1' } }, { N: '1', env: { N: '1' } }],
    [
      { env: { P: '3000' }, typedEnv: { P: 3000 }, incrementVar: 'P' },
      { P: 3002, env: { P: 3002 } },
    ],
    [{ env: { P: '3000' }, incrementVar: 'P' }, { P: '3002' }],
    [{ env: {}, incrementVar: 'P' }, { P: 2 }],
    [{ args: [], argsGiven: true as const }, { args: [] }],
    [{ interpreter: 'node@20', interpreterPath: '/n/20/bin/node' }, { exec_interpreter: '/n/20/bin/node' }],
    [{ interpreter: 'node', interpreterPath: '/n/20/bin/node' }, { exec_interpreter: 'node' }],
    [{ name: 'api' }, { axm_options: { module_name: 'api' } }],
  ])('of %j shows %j, as PM2 has it', (spec, expected) => {
    expect(pm2Record(detailOf({ slot: 2 }, spec)).pm2_env).toMatchObject(expected);
  });
});
