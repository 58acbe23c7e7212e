import { readFileSync } from 'node:fs';
import { app, createHome, type TestHome } from '../../rig/home';
import { ask, freePort } from '../../rig/http';
import { failed, NONE_FAILED, startLoad } from '../../rig/load';
import { until } from '../../rig/wait';

describe('reload of a cluster app', () => {
  let home: TestHome;
  let port: number;
  beforeEach(async () => {
    home = createHome();
    port = await freePort();
  });
  afterEach(() => home.dispose());

  const start = (script: string, count: string, version = '1'): Promise<unknown> =>
    home.ok(['start', script, '--name', 'web', '-i', count], {
      env: { PORT: String(port), APP_VERSION: version },
    });

  test.each(['2', '1'])('under load loses no request, with %s instance(s)', async (count) => {
    await start(app('http-app.js'), count);
    const before = await home.list();
    const load = startLoad(home, port);
    await load.answered(2);
    for (let n = 0; n < 2; n++) await home.ok(['reload', 'web']);
    await load.answered(2);
    const counts = await load.stop();
    expect(failed(counts)).toEqual(NONE_FAILED);

    const after = await home.list();
    const steady = ({ id, slot, uniqueId, name }: (typeof after)[number]): unknown => ({
      id,
      slot,
      uniqueId,
      name,
    });
    expect(after.map(steady)).toEqual(before.map(steady));
    expect(after.map(({ status }) => status)).toEqual(before.map(() => 'online'));
    expect(after.map(({ restarts }) => restarts)).toEqual(before.map(() => 2));
    for (const { pid } of before) expect(after.map((view) => view.pid)).not.toContain(pid);
  });

  test('does not ask of the new worker what the old one listened on for a moment only', async () => {
    const script = home.write(
      'passing.js',
      `const http = require('node:http');
      const server = http.createServer((request, response) => response.end('served'));
      server.listen(process.env.PORT, () => {
        const passing = http.createServer().listen(0, () => passing.close());
      });`,
    );
    await start(script, '1');
    await until('only what it serves is shown', async () => {
      const { listening, status } = await home.view(0);
      return status === 'online' && listening.map((address) => address.port).join() === String(port);
    });
    await home.ok(['reload', 'web']);
    expect(await home.view(0)).toMatchObject({ status: 'online', restarts: 1 });
  });

  test('restart under load refuses and hangs nobody', async () => {
    await start(app('http-app.js'), '2');
    const load = startLoad(home, port);
    await load.answered(2);
    await home.ok(['restart', 'web']);
    await load.answered(2);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
  });

  test('scale up and down under load loses no request', async () => {
    await start(app('http-app.js'), '1');
    const load = startLoad(home, port);
    await load.answered(2);
    await home.ok(['scale', 'web', '3']);
    await home.ok(['scale', 'web', '1']);
    await load.answered(2);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
  });

  test.each([
    ['throws at the start', 'console.error("no database"); throw new Error("out of order")', /out of order/],
    ['has a syntax error', 'const = 1;', /SyntaxError/],
    ['ends with 0', 'process.exit(0)', /code 0|exited/],
    ['never listens', 'setInterval(() => {}, 1e6)', /listen/],
  ])('to a version that %s keeps the old one serving and fails', async (_title, broken, why) => {
    const script = home.write('app.js', readFileSync(app('http-app.js'), 'utf8'));
    await start(script, '2');
    const before = await home.list();
    home.write('app.js', broken);
    const load = startLoad(home, port, 2);
    await load.answered(1);
    const { code, stderr } = await home.pm(['reload', 'web', '--listen-timeout', '700']);
    await load.answered(2);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
    expect(code).toBe(1);
    expect(stderr).toMatch(/Reload failed at web#0/);
    expect(stderr).toMatch(why);
    const after = await home.list();
    expect(after.map(({ pid, status }) => ({ pid, status }))).toEqual(
      before.map(({ pid }) => ({ pid, status: 'online' })),
    );
    expect(after[0]!.lastRolloutError).toMatch(/^web#0: /);
    // Mended, the next one goes through.
    home.write('app.js', readFileSync(app('http-app.js'), 'utf8'));
    await home.ok(['reload', 'web', '--listen-timeout', '3000']);
    expect((await home.list()).map(({ lastRolloutError }) => lastRolloutError)).toEqual([null, null]);
    expect(before.map(({ pid }) => pid)).not.toContain((await ask(port)).pid);
  });

  test('two apps reload at the same time; a second reload of the same one is refused by name', async () => {
    const other = await freePort();
    const slow = home.write(
      'slow.js',
      'setTimeout(() => require("node:http").createServer((q, r) => r.end()).listen(process.env.PORT), 600)',
    );
    await start(slow, '2');
    await home.ok(['start', slow, '--name', 'api', '-i', '1'], { env: { PORT: String(other) } });
    const results = await Promise.all([
      home.pm(['reload', 'web']),
      home.pm(['reload', 'web']),
      home.pm(['reload', 'api']),
    ]);
    const [one, two, api] = results;
    expect([one.code, two.code].sort()).toEqual([0, 1]);
    expect(one.stderr + two.stderr).toMatch(
      /Reload already in progress for web|overtaken by another command/,
    );
    expect(api.code).toBe(0);
  });

  test('the new version is there afterwards, with --update-env too', async () => {
    await start(app('http-app.js'), '2', '1');
    await home.ok(['reload', 'web', '--update-env'], { env: { PORT: String(port), APP_VERSION: '2' } });
    expect((await ask(port)).version).toBe('2');
    await home.ok(['reload', 'web'], { env: { APP_VERSION: '3' } });
    expect((await ask(port)).version).toBe('2');
  });
});
