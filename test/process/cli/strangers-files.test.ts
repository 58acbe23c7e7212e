import { createHome, type TestHome } from '../../rig/home';

/** Files as they stand in public repositories: PM2 ran them, so they start. */
describe("strangers' process files", () => {
  let home: TestHome;
  beforeAll(() => {
    home = createHome();
    home.write('app.js', 'setInterval(() => {}, 1000)');
  });
  afterEach(() => home.pm(['delete', 'all']));
  afterAll(() => home.dispose());

  const UNKNOWN = `module.exports = { apps: [{ name: 'web', script: 'app.js', next_gen_js: true,
    health_check_grace_period: 3000, max_restart: 3, max_memory_restart: false, out_file: '', instances: 1.5 }] }`;

  test('unknown attributes are a warning on stderr, and the app starts', async () => {
    home.write('ecosystem.config.js', UNKNOWN);
    const { code, stderr } = await home.pm(['start', 'ecosystem.config.js']);
    expect(stderr).toContain('apps[0].next_gen_js: unknown attribute (ignored)');
    expect(stderr).toContain('apps[0].max_restart: unknown attribute; here it is "max_restarts" (ignored)');
    expect(code).toBe(0);
    expect((await home.list()).map(({ name, status }) => [name, status])).toEqual([['web', 'online']]);
  });

  test.each([
    ['--strict', ['--strict'], {}, UNKNOWN],
    ['PM_STRICT', [], { PM_STRICT: '1' }, UNKNOWN],
    ['strict: true', [], {}, UNKNOWN.replace('{ apps', '{ strict: true, apps')],
  ])('%s: they are an error, and nothing starts', async (_how, args, env, text) => {
    home.write('ecosystem.config.js', text);
    const { code, stderr } = await home.pm(['start', 'ecosystem.config.js', ...args], { env });
    expect(stderr).toContain('apps[0].next_gen_js: unknown attribute\n');
    expect(code).toBe(1);
    expect(await home.list()).toEqual([]);
  });

  test('an app goes on in its environment when its file is told again without --env', async () => {
    const one = { script: 'app.js', env: { E: 'usual' }, env_production: { E: 'production' } };
    home.write(
      'two.json',
      JSON.stringify({
        apps: [
          { ...one, name: 'api' },
          { ...one, name: 'web' },
        ],
      }),
    );
    const environmentOf = async (): Promise<unknown> => {
      const records = JSON.parse((await home.ok(['jlist'])).stdout) as { pm2_env: { env: { E: string } } }[];
      return records.map(({ pm2_env }) => pm2_env.env.E);
    };
    await home.ok(['start', 'two.json', '--env', 'production']);
    const { stdout } = await home.ok(['reload', 'two.json', '--only', 'api']);
    expect(stdout).toContain('App [api] keeps its environment [production]');
    expect(await environmentOf()).toEqual(['production', 'production']);
    await home.ok(['restart', 'two.json', '--env', 'default', '--only', 'web']);
    expect(await environmentOf()).toEqual(['production', 'usual']);
    const slip = await home.pm(['restart', 'two.json', '--env', 'prodution']);
    expect(slip.stderr).toContain('Did you mean --env production?');
    expect(slip.code).toBe(1);
  });

  test('the same name in another namespace is another app, with files of its own', async () => {
    home.write('api.json', JSON.stringify({ apps: [{ name: 'api', script: 'app.js' }] }));
    home.write(
      'stage.json',
      JSON.stringify({ apps: [{ name: 'api', script: 'app.js', namespace: 'staging' }] }),
    );
    await home.ok(['start', 'api.json']);
    await home.ok(['start', 'stage.json']);
    await home.ok(['restart', 'stage.json']);
    const views = await home.list();
    expect(views.map(({ namespace, restarts }) => [namespace, restarts])).toEqual([
      ['default', 0],
      ['staging', 1],
    ]);
    expect(new Set(views.map(({ outLogPath }) => outLogPath)).size).toBe(2);
    expect(new Set(views.map(({ pidPath }) => pidPath)).size).toBe(2);
  });

  test('Cyrillic names of one length have a log file each', async () => {
    const names = ['сервис', 'платёж'];
    home.write('names.json', JSON.stringify(names.map((name) => ({ name, script: 'app.js' }))));
    await home.ok(['start', 'names.json']);
    expect((await home.list()).map(({ outLogPath }) => outLogPath)).toEqual(
      names.map((name) => `${home.logsDir}/${name}-out.log`),
    );
  });
});
