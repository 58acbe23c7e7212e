import { app, createHome, type TestHome } from '../../rig/home';
import { freePort } from '../../rig/http';
import { openPuppets } from '../../rig/puppets';

describe('online is proven', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  test.each([[[]], [['-i', '1']]])('wait_ready: online when the app says so (%j)', async (mode) => {
    await home.ok(['start', app('ready-app.js'), '--wait-ready', ...mode], {
      env: { READY_AFTER_MS: '300' },
    });
    expect(await home.view(0)).toMatchObject({ status: 'online', reason: expect.stringContaining('ready') });
  });

  test('wait_ready: one that never says so is no success, and start says why', async () => {
    const { code, stderr } = await home.pm([
      'start',
      app('ready-app.js'),
      '--wait-ready',
      '--listen-timeout',
      '400',
      '--max-restarts',
      '0',
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/ready-app#0 did not start: .*ready/);
    const [view] = await home.untilAll('errored');
    expect(view!.exits[0]).toMatchObject({ cause: 'not ready' });
  });

  test('an app that listens is online when it listens', async () => {
    const port = await freePort();
    await home.ok(['start', app('http-app.js')], { env: { PORT: String(port) } });
    expect(await home.view(0)).toMatchObject({ status: 'online', reason: `listening on :${port}` });
  });

  test('an app that does not listen is online after min_uptime', async () => {
    await home.ok(['start', app('idle.js')]);
    const view = await home.view(0);
    expect(view.status).toBe('online');
    expect(Date.now() - view.startedAtMs!).toBeGreaterThan(900);
  });

  test.each([
    ['fork', []],
    ['cluster', ['-i', '1']],
  ])('in %s mode a port that is taken is a failure that names it', async (_mode, options) => {
    const env = { PORT: String(await freePort()) };
    await home.ok(['start', app('http-app.js'), '--name', 'first'], { env });
    await home.pm(['start', app('http-app.js'), '--name', 'second', '--max-restarts', '0', ...options], {
      env,
    });
    const [view] = await home.untilAll('errored', 'second');
    expect(view!.exits[0]!.stderrTail.join('\n')).toContain('EADDRINUSE');
    expect((await home.ok(['describe', 'second'])).stdout).toContain('EADDRINUSE');
    await home.untilAll('online', 'first');
  });

  test('a message that is not `ready` proves nothing', async () => {
    const puppets = await openPuppets(home);
    const started = home.pm(['start', puppets.script, '--wait-ready', '--listen-timeout', '8000'], {
      env: puppets.env,
    });
    const puppet = await puppets.next();
    await puppet.tell('send', { type: 'ready' });
    await puppet.tell('send', 'steady');
    expect((await home.view(0)).status).toBe('launching');
    await puppet.tell('send', 'ready');
    expect((await started).code).toBe(0);
    expect((await home.view(0)).status).toBe('online');
    await home.ok(['delete', 'all']);
    await puppets.close();
  });
});
