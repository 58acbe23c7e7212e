import { normaliseApps, openDocument, type NormaliseContext } from '../../../src/ecosystem';
import { contextIn, failureOf, folderWith } from './support';

const app = { name: 'api', script: 'app.js' };
const read = (value: unknown, more: Partial<NormaliseContext> = {}) =>
  normaliseApps(openDocument(value, '/x/e.json'), contextIn(folderWith({ 'app.js': '' }), more));

describe('the order of what decides a variable', () => {
  const file = {
    apps: [{ ...app, env: { A: 'env', B: 'env', C: 'env' }, env_production: { A: 'env_production' } }],
    deploy: { production: { env: { A: 'deploy', B: 'deploy', D: 4 } } },
  };
  const env = { PATH: '/usr/bin:/bin', A: 'caller', B: 'caller', C: 'caller', D: 'caller', E: 'caller' };

  test('caller, env, deploy.<name>.env, env_<name>: each wins over those before it', () => {
    expect(read(file, { env, envName: 'production' }).apps[0]?.env).toMatchObject({
      A: 'env_production',
      B: 'deploy',
      C: 'env',
      D: '4',
      E: 'caller',
    });
  });

  test('without --env the section deploy has no say', () => {
    expect(read(file, { env }).apps[0]?.env).toMatchObject({ A: 'env', B: 'env', D: 'caller' });
  });

  test('deploy.<name>.env is enough for --env', () => {
    const { apps, warnings } = read({ ...file, apps: [app] }, { env, envName: 'production' });
    expect(apps[0]?.env).toMatchObject({ A: 'deploy' });
    expect(warnings).toEqual([]);
  });
});

describe('attributes inside env_<name>', () => {
  const inside = {
    exec_mode: 'cluster',
    max_memory_restart: '100M',
    watch: true,
    autorestart: false,
    args: ['--prod', 1],
    min_uptime: '10s',
    kill_timeout: 'whatever',
    instances: 3,
    name: 'other',
    script: 'nowhere.js',
    NODE_ENV: 'production',
  };

  test('are taken with --env as PM2 does it, and stay variables', () => {
    const { apps } = read({ apps: [{ ...app, env_production: inside }] }, { envName: 'production' });
    expect(apps[0]).toMatchObject({
      name: 'api',
      execMode: 'cluster',
      instances: 1,
      maxMemoryRestartBytes: 104_857_600,
      watch: true,
      autorestart: false,
      args: ['--prod', '1'],
      minUptimeMs: 10_000,
      killTimeoutMs: 1600,
      env: { NODE_ENV: 'production', name: 'other', kill_timeout: 'whatever' },
    });
  });

  test('do not count without it', () => {
    expect(read({ apps: [{ ...app, env_production: inside }] }).apps[0]).toMatchObject({
      execMode: 'fork',
      watch: false,
    });
  });

  test('go before those of the app, the command line before both', () => {
    const file = {
      apps: [{ ...app, max_restarts: 1, restart_delay: 1, env_x: { max_restarts: 2, restart_delay: 2 } }],
    };
    const { apps } = read(file, { envName: 'x', cliOptions: { restartDelay: '3' } });
    expect(apps[0]).toMatchObject({ maxRestarts: 2, restartDelayMs: 3 });
  });
});

describe('an app remembers its --env', () => {
  const file = { apps: [{ ...app, env: { E: 'usual' }, env_production: { E: 'production' } }] };
  const known = [{ name: 'api', namespace: 'default', envName: 'production' }];

  test('a start by file without --env keeps it, and says so', () => {
    const { apps, notes } = read(file, { known });
    expect(apps[0]).toMatchObject({ envName: 'production', env: { E: 'production' } });
    expect(notes).toEqual(['App [api] keeps its environment [production]; `--env default` takes it away']);
  });

  test.each([
    ['default', undefined, 'usual'],
    ['staging', 'staging', 'staging'],
  ])('--env %s changes it', (envName, remembered, value) => {
    const more = { apps: [{ ...file.apps[0], env_staging: { E: 'staging' } }] };
    const { apps, notes } = read(more, { known, envName });
    expect(apps[0]?.envName).toBe(remembered);
    expect(apps[0]?.env['E']).toBe(value);
    expect(notes).toEqual([]);
  });

  test('that of another namespace is none of its own', () => {
    const { apps } = read(file, { known: [{ ...known[0], name: 'api', namespace: 'staging' }] });
    expect(apps[0]?.envName).toBeUndefined();
  });
});

describe('a name that stands nowhere in the file is an error', () => {
  const file = {
    apps: [
      { ...app, env_production: {} },
      { ...app, name: 'web' },
    ],
  };

  test.each<[Partial<NormaliseContext>, string, string]>([
    [{ envName: 'prodution' }, 'Environment [prodution] is not defined', 'Did you mean --env production?'],
    [{ envName: 'q' }, 'Environment [q] is not defined', 'It has: production.'],
    [{ only: ['wbe'] }, '--only wbe: there is no such app', 'Did you mean web?'],
    [{ only: ['x', 'y'] }, '--only x: there is no such app', 'Its apps: api, web.'],
  ])('%j', async (more, message, hint) => {
    const failure = await failureOf(() => read(file, more));
    expect(failure).toMatchObject({ code: 'BAD_ARGUMENT', hint });
    expect(failure.message).toContain(message);
  });

  test('where only some apps have it, the others are named in a warning', () => {
    expect(read(file, { envName: 'production' }).warnings).toEqual([
      'Environment [production] is not defined in process file (app web has no env_production)',
    ]);
  });

  test('append_env_to_name needs no section', () => {
    expect(read({ apps: [{ ...app, append_env_to_name: true }] }, { envName: 'x' }).apps[0]?.name).toBe(
      'api-x',
    );
  });
});

describe('no two apps write into one file', () => {
  const basesOf = (apps: object[], known: NormaliseContext['known'] = []) =>
    read({ apps }, { known }).apps.map(({ fileBase }) => fileBase);

  test('a worker per queue', () => {
    const worker = { name: 'worker', script: 'app.js' };
    expect(
      basesOf([
        { ...worker, args: 'a' },
        { ...worker, args: 'b' },
        { ...worker, env: { Q: 'c' } },
      ]),
    ).toEqual([undefined, 'worker-2', 'worker-3']);
  });

  test('one name in two namespaces', () => {
    expect(basesOf([app, { ...app, namespace: 'staging' }])).toEqual([undefined, 'staging-api']);
    expect(basesOf([{ ...app, namespace: 'staging' }], [{ name: 'api', namespace: 'default' }])).toEqual([
      'staging-api',
    ]);
  });

  test('two names that look alike in a path', () => {
    expect(
      basesOf([
        { ...app, name: 'a/b' },
        { ...app, name: 'a_b' },
      ]),
    ).toEqual([undefined, 'a-b-2']);
  });

  test('what an app has once it keeps', () => {
    const known = [{ name: 'api', namespace: 'staging', fileBase: 'staging-api' }];
    expect(basesOf([{ ...app, namespace: 'staging' }], known)).toEqual(['staging-api']);
    expect(basesOf([app], known)).toEqual([undefined]);
  });
});
