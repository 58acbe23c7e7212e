import { cpuCount } from '../../../src/platform';
import { app, createHome, type TestHome } from '../../rig/home';
import { ask, askTimes, freePort, get } from '../../rig/http';
import { until } from '../../rig/wait';

describe('workers of a cluster app', () => {
  let home: TestHome;
  let port: number;
  beforeEach(async () => {
    home = createHome();
    port = await freePort();
  });
  afterEach(() => home.dispose());

  const start = (...args: string[]): Promise<unknown> =>
    home.ok(['start', app('http-app.js'), '--name', 'web', ...args], {
      env: { PORT: String(port), DELAY_MS: '0' },
    });

  test('-i 0 gives one per CPU, all on one port', async () => {
    await start('-i', '0');
    const views = await home.list();
    expect(views.map(({ id, slot, mode, status }) => ({ id, slot, mode, status }))).toEqual(
      Array.from({ length: cpuCount() }, (_, n) => ({ id: n, slot: n, mode: 'cluster', status: 'online' })),
    );
    expect(views.map(({ listening }) => listening.map((address) => address.port))).toEqual(
      views.map(() => [port]),
    );
    const answers = await askTimes(port, 20);
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(cpuCount());
    expect(new Set(answers.map(({ instance }) => instance))).toEqual(
      new Set(views.map(({ slot }) => String(slot))),
    );
  });

  test('a killed one is replaced, and describe says why', async () => {
    await start('-i', '2');
    const [, before] = await home.list();
    process.kill(before!.pid, 'SIGKILL');
    const after = await until('a new worker is online', async () => {
      const view = await home.view(1);
      return view.status === 'online' && view.pid !== before!.pid && view;
    });
    expect(after).toMatchObject({ restarts: 1, uniqueId: before!.uniqueId });
    expect(after.exits).toMatchObject([{ pid: before!.pid, signal: 'SIGKILL', code: null, cause: 'signal' }]);
    const pids = new Set((await askTimes(port, 20)).map(({ pid }) => pid));
    expect(pids).toContain(after.pid);
    expect(pids).not.toContain(before!.pid);

    const { stdout } = await home.ok(['describe', '1']);
    expect(stdout).toMatch(/│ restarts +│ 1 /);
    expect(stdout).toMatch(new RegExp(`│ ${before!.pid} +│ signal +│ SIGKILL`));
    expect(stdout).toMatch(/restart/);
  });

  test('the kill of the only one, idle, costs no request', async () => {
    await start('-i', '1');
    const { pid } = await ask(port);
    process.kill(pid, 'SIGKILL');
    // At once, while nobody is there to answer: the connection waits for the next worker.
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(port)));
    expect(answers.map((answer) => answer.pid)).not.toContain(pid);
    expect(new Set(answers.map((answer) => answer.pid)).size).toBe(1);
  });

  test('scale adds and removes instances while the others go on', async () => {
    await start('-i', '2');
    const pids = (await home.list()).map((view) => view.pid);
    await home.ok(['scale', 'web', '+1']);
    const three = await home.untilAll('online');
    expect(three.map(({ id, slot }) => ({ id, slot }))).toEqual([0, 1, 2].map((n) => ({ id: n, slot: n })));
    expect(three.slice(0, 2).map(({ pid }) => pid)).toEqual(pids);
    await home.ok(['scale', 'web', '-2']);
    expect((await home.list()).map(({ pid }) => pid)).toEqual(pids.slice(0, 1));
    expect((await get({ port })).status).toBe(200);
    await home.ok(['scale', 'web', '2']);
    expect((await home.untilAll('online')).map(({ slot }) => slot)).toEqual([0, 1]);
  });

  test('two cluster apps and a fork app live beside each other', async () => {
    const other = await freePort();
    await start('-i', '2');
    await home.ok(['start', app('http-app.js'), '--name', 'api', '-i', '1'], {
      env: { PORT: String(other) },
    });
    await home.ok(['start', app('server.js')]);
    expect(
      home
        .shims()
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['cluster', 'cluster', 'fork']);
    expect((await get({ port })).status + (await get({ port: other })).status).toBe(400);
    await home.ok(['delete', 'web']);
    expect((await get({ port: other })).status).toBe(200);
    await expect(get({ port })).rejects.toThrow('ECONNREFUSED');
  });
});
