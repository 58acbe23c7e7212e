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
});
