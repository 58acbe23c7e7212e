import { createHome, type TestHome } from '../../rig/home';

/** Ten files in the shapes that people write (PM2-FACTS §2): each is loaded, and its apps run. */
describe('ecosystem files', () => {
  let home: TestHome;
  beforeAll(() => {
    home = createHome();
    for (const script of [
      'app.js',
      'service-worker/index.js',
      'dist/main.js',
      'build/server.js',
      'server.js',
    ])
      home.write(script, `require('node:http').createServer().listen(0)`);
    home.write('src/main.mjs', `import { createServer } from 'node:http'; createServer().listen(0)`);
    home.write(
      'node_modules/next/dist/bin/next',
      `#!/usr/bin/env node\nrequire('node:http').createServer().listen(0)\n`,
      0o755,
    );
    home.write('worker.py', `import signal\nsignal.pause()\n`);
  });
  afterEach(() => home.ok(['delete', 'all']));
  afterAll(() => home.dispose());

  const FILES: [name: string, text: string, apps: string[], options?: string[]][] = [
    [
      'ecosystem.config.js',
      `module.exports = {
        apps: [
          { name: 'API', script: 'app.js', instances: 'max', exec_mode: 'cluster', autorestart: true, watch: false,
            max_memory_restart: '1G', env: { NODE_ENV: 'development', PORT: 0 }, env_production: { NODE_ENV: 'production' } },
          { script: './service-worker/', watch: ['./service-worker'] },
        ],
        deploy: { production: { user: 'SSH_USERNAME', host: 'SSH_HOSTMACHINE', ref: 'origin/master', repo: 'GIT_REPOSITORY', path: 'DESTINATION_PATH',
          'post-deploy': 'npm install && pm2 reload ecosystem.config.js --env production' } },
      }`,
      ['API cluster', 'API cluster', 'service-worker fork'],
      ['--env', 'production'],
    ],
    [
      'ecosystem.config.cjs',
      `const path = require('path');
       const common = { cwd: __dirname, time: true, max_restarts: 10, min_uptime: '10s', listen_timeout: 8000, kill_timeout: 5000 };
       module.exports = { apps: [{ ...common, name: 'nest', script: path.join('dist', 'main.js'), instances: 2, exec_mode: 'cluster', node_args: '--max-old-space-size=256', merge_logs: true, out_file: './logs/out.log', error_file: './logs/err.log' }] };`,
      ['nest cluster', 'nest cluster'],
    ],
    [
      'ecosystem.config.mjs',
      `const name = 'esm'; export default { apps: [{ name, script: 'src/main.mjs', interpreter: 'node', env: { NODE_ENV: 'production' } }] };`,
      ['esm fork'],
    ],
    [
      'ecosystem.config.ts',
      `import type { Config } from './nowhere';
       interface App { name: string; script: string; instances?: number }
       const apps: App[] = [{ name: 'typed', script: 'build/server.js', instances: 1 }];
       export default { apps } satisfies { apps: App[] };`,
      ['typed cluster'],
    ],
    [
      'process.json',
      `{
        // the file that PM2 had first, with what its users write into it
        "apps": [{
          "name": "json", "script": "server.js", "args": ["--color", "--port", "0"], "instances": "1", "exec_mode": "fork_mode",
          "log_date_format": "YYYY-MM-DD HH:mm Z", "ignore_watch": ["[\\\\/\\\\\\\\]\\\\./", "node_modules"], "watch": false, "node_args": "",
          "merge_logs": true, "cron_restart": "0 0 * * *", "max_memory_restart": "160M", "autorestart": true, "vizion": false,
        }]
      }`,
      ['json fork'],
    ],
    [
      'ecosystem.yml',
      `apps:\n  - script: server.js\n    name: yaml\n    instances: 2\n    exec_mode: cluster\n    env:\n      PORT: 0\n      DEBUG: "*"\n  - script: worker.py\n    name: python\n    interpreter: python3\n`,
      ['python fork', 'yaml cluster', 'yaml cluster'],
    ],
    [
      'list.config.js',
      `module.exports = [{ name: 'first', script: 'app.js' }, { name: 'second', script: 'app.js' }]`,
      ['first fork', 'second fork'],
    ],
    [
      'single.config.js',
      `module.exports = { name: 'single', script: 'npm', args: 'run serve', exec_mode: 'fork', env: { npm_config_loglevel: 'silent' } }`,
      ['single fork'],
    ],
    [
      'package.json',
      `{ "name": "site", "version": "1.2.3", "scripts": { "serve": "node server.js" }, "pm2": { "apps": [{ "name": "packaged", "script": "node_modules/next/dist/bin/next", "args": "start", "instances": 1 }] } }`,
      ['packaged cluster'],
    ],
    [
      'static.config.js',
      `module.exports = { apps: [{ name: 'beside', script: 'app.js', namespace: 'front' }], static: [{ name: 'site', path: './dist', port: 0, spa: true }] }`,
      ['beside fork', 'site fork'],
    ],
  ];
  // npm of `single` needs a script to run.
  beforeAll(() => home.write('package.json', FILES.find(([name]) => name === 'package.json')![1]));

  test.each(FILES)('%s', async (name, text, apps, options = []) => {
    home.write(name, text);
    await home.ok(['start', name, ...options]);
    const views = await home.untilAll('online');
    expect(views.map((view) => `${view.name} ${view.mode}`).sort()).toEqual(
      name === 'ecosystem.config.js' ? expectedOfMax(views.length, apps) : apps,
    );
    // Again: known apps are restarted, none is added.
    await home.ok(['restart', name, ...options]);
    expect(await home.list()).toHaveLength(views.length);
  });

  /** `max` is one per CPU of this machine. */
  const expectedOfMax = (count: number, apps: string[]): string[] => [
    ...Array.from({ length: count - 1 }, () => apps[0]!),
    apps.at(-1)!,
  ];

  test('what is changed in a file is applied: script, mode, instances, attributes, variables; what is dropped goes', async () => {
    const write = (attributes: object): string =>
      home.write('changing.json', JSON.stringify({ apps: [{ name: 'c', ...attributes }] }));
    const record = async (): Promise<Record<string, unknown>> =>
      (JSON.parse((await home.ok(['jlist'])).stdout) as { pm2_env: Record<string, unknown> }[])[0]!.pm2_env;
    write({ script: 'app.js', env: { OLD: '1', BOTH: '1' }, kill_timeout: 900, max_memory_restart: '1G' });
    await home.ok(['start', 'changing.json'], { env: { OF_CALLER: '1' } });
    const { id } = (await home.list())[0]!;
    for (const [command, script, instances] of [
      ['restart', 'server.js', 2],
      ['reload', 'app.js', 1],
      ['startOrReload', 'dist/main.js', 3],
    ] as const) {
      write({ script, instances, exec_mode: 'cluster', env: { NEW: command, BOTH: '2' } });
      await home.ok([command, 'changing.json']);
      const views = await home.untilAll('online');
      expect(views).toHaveLength(instances);
      expect(views[0]).toMatchObject({ id, mode: 'cluster' });
      const { env, ...own } = await record();
      expect(own).toMatchObject({ pm_exec_path: `${home.cwd}/${script}`, instances });
      expect(own).not.toHaveProperty('kill_timeout');
      expect(own).not.toHaveProperty('max_memory_restart');
      expect(env).toMatchObject({ NEW: command, BOTH: '2' });
      expect(Object.keys(env as object)).not.toEqual(expect.arrayContaining(['OLD']));
      expect(Object.keys(env as object)).not.toEqual(expect.arrayContaining(['OF_CALLER']));
    }
  });

  test('- takes all of stdin, more than one chunk of it', async () => {
    const big = { apps: [{ name: 'piped', script: 'app.js', env: { BIG: 'x'.repeat(100_000) } }] };
    for (const command of ['start', 'restart', 'stop'])
      await home.ok([command, '-'], { input: JSON.stringify(big) });
    expect((await home.list())[0]).toMatchObject({ name: 'piped', status: 'stopped' });
  });

  test('import reads what pm2 save wrote', async () => {
    const entry = (more: object): object => ({
      name: 'web',
      namespace: 'default',
      pm_exec_path: `${home.cwd}/app.js`,
      pm_cwd: home.cwd,
      exec_interpreter: 'node',
      exec_mode: 'cluster_mode',
      instances: 2,
      node_args: [],
      filter_env: [],
      merge_logs: false,
      vizion: true,
      autostart: true,
      autorestart: true,
      watch: false,
      instance_var: 'NODE_APP_INSTANCE',
      pmx: true,
      automation: true,
      treekill: true,
      username: 'root',
      windowsHide: true,
      kill_retry_time: 100,
      pm_out_log_path: '/root/.pm2/logs/web-out-0.log',
      pm_err_log_path: '/root/.pm2/logs/web-error-0.log',
      pm_pid_path: '/root/.pm2/pids/web-0.pid',
      km_link: false,
      vizion_running: false,
      NODE_APP_INSTANCE: 0,
      status: 'online',
      unique_id: 'x',
      pm_uptime: 1,
      created_at: 1,
      restart_time: 3,
      axm_actions: [],
      axm_monitor: {},
      axm_options: {},
      axm_dynamic: {},
      version: '1.0.0',
      node_version: '20.0.0',
      kill_timeout: 4000,
      env: {
        PORT: '0',
        PM2_HOME: '/root/.pm2',
        PM2_USAGE: 'CLI',
        unique_id: 'x',
        web: {},
        MODE: 'saved',
        PATH: home.env['PATH'],
      },
      MODE: 'saved',
      ...more,
    });
    home.write(
      'dump.pm2',
      JSON.stringify([
        entry({}),
        entry({ NODE_APP_INSTANCE: 1 }),
        entry({
          name: 'rest',
          exec_mode: 'fork_mode',
          instances: 1,
          status: 'stopped',
          merge_logs: true,
          pm_out_log_path: '/var/log/my-out.log',
          pm_log_path: '/root/.pm2/logs/rest.log',
        }),
        entry({ name: 'module', pmx_module: true }),
      ]),
    );
    await home.ok(['import', 'dump.pm2'], { env: { SECRET: 'of the shell' } });
    expect((await home.list()).map(({ name, mode, status }) => `${name} ${mode} ${status}`)).toEqual([
      'web cluster online',
      'web cluster online',
      'rest fork stopped',
    ]);
    const [web, , rest] = JSON.parse((await home.ok(['jlist'])).stdout) as {
      pm2_env: Record<string, unknown>;
    }[];
    expect(web!.pm2_env).toMatchObject({
      kill_timeout: 4000,
      pm_out_log_path: `${home.logsDir}/web-out-0.log`,
      MODE: 'saved',
    });
    expect(rest!.pm2_env).toMatchObject({
      merge_logs: true,
      pm_out_log_path: '/var/log/my-out.log',
      pm_log_path: `${home.logsDir}/rest.log`,
    });
    expect(Object.keys(web!.pm2_env['env'] as object).sort()).toEqual(['MODE', 'PATH', 'PORT', 'unique_id']);
    // A second time nothing is done twice.
    const { stderr, stdout } = await home.ok(['import', 'dump.pm2']);
    expect(stderr).toMatch(/web is in the list already/);
    expect(stdout).toMatch(/Nothing to import/);
    // The one that was stopped can be started.
    await home.ok(['start', 'rest', '--output', '/dev/null']);
    await home.untilAll('online');
  });
});
