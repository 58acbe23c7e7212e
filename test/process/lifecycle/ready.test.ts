import { existsSync } from 'node:fs';
import { app, createHome, type TestHome } from '../../rig/home';
import { freePort } from '../../rig/http';
import { openPuppets } from '../../rig/puppets';
import { until } from '../../rig/wait';

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

  test.each([
    ['fork', []],
    ['cluster', ['-i', '1']],
  ])(
    'slow is not dead (%s): start returns, nothing is ended, the proof counts whenever it comes',
    async (_mode, options) => {
      const puppets = await openPuppets(home);
      const flags = ['--wait-ready', '--listen-timeout', '300', ...options];
      const { stdout, stderr } = await home.ok(['start', puppets.script, '--name', 'slow', ...flags], {
        env: puppets.env,
      });
      expect(stdout + stderr).toMatch(/Not proven yet: slow#0: no ready message.*pm why slow/);
      const before = await home.view(0);
      expect(before).toMatchObject({ status: 'launching', restarts: 0, exits: [] });
      expect(before.reason).toContain('not proven yet: no ready message');
      const waiting = home.pm(['restart', 'slow', '--wait'], { env: puppets.env });
      await puppets.next();
      const renewed = await puppets.next();
      await renewed.tell('send', 'ready');
      expect((await waiting).code).toBe(0);
      const after = await home.view(0);
      expect(after).toMatchObject({ status: 'online', reason: 'ready message' });
      await home.ok(['delete', 'all']);
      await puppets.close();
    },
  );

  test('--wait is bounded by --timeout, and ends nothing', async () => {
    const words = ['start', app('ready-app.js'), '--wait-ready', '--listen-timeout', '100'];
    const { code, stderr } = await home.pm([...words, '--wait', '--timeout', '600ms']);
    expect(code).toBe(1);
    expect(stderr).toContain('not proven within the --timeout');
    expect(await home.view(0)).toMatchObject({ status: 'launching', exits: [] });
  });

  test('wait_ready is met by listening, late and with a warning, as long as nobody has ever said ready', async () => {
    const port = await freePort();
    const words = ['start', app('http-app.js'), '--wait-ready', '--listen-timeout', '400'];
    const { stdout, stderr } = await home.ok(words, { env: { PORT: String(port) } });
    expect(stdout + stderr).toContain("has never sent 'ready'");
    const reason = `listening on :${port}, without a ready message`;
    expect(await home.view(0)).toMatchObject({ status: 'online', reason });
  });

  test('a cluster app that needs longer than listen_timeout is reloaded, also by another God', async () => {
    const slow = home.write(
      'slow.js',
      `setTimeout(() => require('node:http').createServer((_, answer) => answer.end('x')).listen(process.env.PORT), 900);`,
    );
    const env = { PORT: String(await freePort()) };
    await home.ok(['start', slow, '-i', '1', '--listen-timeout', '400'], { env });
    await until('it listens', async () => (await home.view(0)).listening.length > 0);
    process.kill(home.godPid()!, 'SIGKILL');
    await home.ok(['reload', 'slow']);
    expect(await home.view(0)).toMatchObject({ status: 'online', exits: [{ cause: 'reload' }] });
  });

  test.each([
    ['an ES module', 'mod.mjs', ''],
    [
      'an ES module that awaits for ever',
      'wait.mjs',
      'setInterval(() => undefined, 1e6); await new Promise(() => undefined);',
    ],
    ['a module of the old kind', 'old.cjs', ''],
  ])('alive means that the program has run: %s', async (_what, name, more) => {
    // Its boot alone takes longer than min_uptime and listen_timeout.
    const blocks = home.write('blocks.cjs', 'for (const end = Date.now() + 700; Date.now() < end;);');
    const load = name.endsWith('.cjs') ? `require('${blocks}');` : `import '${blocks}';`;
    const seen = `${home.cwd}/seen`;
    const write = `process.getBuiltinModule('node:fs').writeFileSync('${seen}', '');`;
    const script = home.write(name, `${load} ${write} setInterval(() => undefined, 1e6); ${more}`);
    const file = home.write(
      'a.json',
      JSON.stringify({ apps: [{ script, min_uptime: 100, listen_timeout: 5000 }] }),
    );
    await home.ok(['start', file]);
    expect(await home.view(0)).toMatchObject({
      status: 'online',
      reason: 'alive for 100 ms, does not listen',
    });
    expect(existsSync(seen)).toBe(true);
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
