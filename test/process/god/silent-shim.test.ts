import { identify } from '../../../src/platform';
import { isRunning, isStopped, processesWith } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { freePort } from '../../rig/http';
import { until, within } from '../../rig/wait';

describe('a shim that is lost together with God', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  const killGod = async (): Promise<void> => {
    const pid = home.godPid()!;
    process.kill(pid, 'SIGKILL');
    await until('God is dead', () => !isRunning(pid));
  };
  const shimPid = (): number => home.shims()[0]!.process.pid;
  const workers = (): number[] =>
    processesWith(home.path)
      .filter(({ commandLine }) => commandLine.includes('fixtures/apps'))
      .map(({ pid }) => pid);

  /** One app under a shim that is stopped, and a God that has met it so. */
  const freeze = async (): Promise<number> => {
    await home.ok(['start', app('server.js')]);
    const { pid } = await home.view(0);
    process.kill(shimPid(), 'SIGSTOP');
    await until('the shim is stopped', () => isStopped(shimPid()));
    await killGod();
    return pid;
  };

  test('silent: its instance waits, says why, and is taken over as it was when it answers', async () => {
    const pid = await freeze();
    expect(await home.view(0)).toMatchObject({
      status: 'launching',
      pid: 0,
      reason: `its shim (pid ${shimPid()}) does not answer`,
    });
    const { code, stderr } = await home.pm(['restart', 'server']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('cannot be changed now') });
    expect(workers()).toEqual([pid]);
    process.kill(shimPid(), 'SIGCONT');
    await home.untilAll('online');
    expect(await home.view(0)).toMatchObject({ pid, restarts: 0 });
    expect(workers()).toEqual([pid]);
  });

  test('silent, then dead: its worker is ended before the next is started', async () => {
    const pid = await freeze();
    await home.list();
    process.kill(shimPid(), 'SIGKILL');
    await home.untilAll('online');
    const view = await home.view(0);
    expect(view).toMatchObject({ restarts: 1, exits: [{ pid, cause: 'shim lost' }] });
    expect(workers()).toEqual([view.pid]);
  });

  test('dead: workers that do not notice are ended, told, and started again on the same port', async () => {
    const port = await freePort();
    await home.ok(['start', app('http-app.js')], { env: { PORT: String(port) } });
    await home.ok([
      'start',
      '/bin/sh',
      '--name',
      'sh',
      '--interpreter',
      'none',
      '--',
      '-c',
      'exec sleep 1000',
    ]);
    const before = await home.list();
    for (const { pid } of before) home.remember(identify(pid)!);
    const shim = shimPid();
    const god = home.godPid()!;
    process.kill(god, 'SIGSTOP');
    process.kill(shim, 'SIGKILL');
    process.kill(god, 'SIGKILL');
    await until('both are dead', () => !isRunning(god) && !isRunning(shim));
    const after = await home.untilAll('online');
    expect(after.map(({ restarts, exits }) => [restarts, exits.map(({ cause }) => cause)])).toEqual([
      [1, ['shim lost']],
      [1, ['shim lost']],
    ]);
    for (const { pid } of before) expect(isRunning(pid)).toBe(false);
  });
});

describe('a shim that', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  test('is stopped keeps its own apps waiting, and nobody else: others are started meanwhile', async () => {
    await home.ok(['start', app('server.js'), '--name', 'frozen', '-i', '1']);
    await home.ok(['start', app('server.js'), '--name', 'fork']);
    const shim = home.shims().find(({ kind }) => kind === 'cluster')!.process;
    process.kill(shim.pid, 'SIGSTOP');
    await until('the shim is stopped', () => isStopped(shim.pid));
    // More than may boot at once.
    const scaling = home.pm(['scale', 'frozen', '+8']);
    await until('all are to be started', () => (home.log().match(/→ launching/g) ?? []).length >= 10);
    const { pid } = (await home.list()).find(({ name }) => name === 'fork')!;
    process.kill(pid, 'SIGKILL');
    await until('another is there', async () =>
      (await home.list()).some((one) => one.name === 'fork' && one.status === 'online' && one.pid !== pid),
    );
    process.kill(shim.pid, 'SIGCONT');
    expect((await scaling).code).toBe(0);
  });

  test('is stopped lets a stop that was under way come to its end when it answers the next God', async () => {
    await home.ok(['start', app('ignores-sigint.js'), '--kill-timeout', '60000']);
    const { pid } = await home.view(0);
    const stopping = home.pm(['stop', 'all']);
    await until('it is stopping', async () => (await home.view(0)).status === 'stopping');
    const shim = home.shims()[0]!.process;
    process.kill(shim.pid, 'SIGSTOP');
    await until('the shim is stopped', () => isStopped(shim.pid));
    const god = home.godPid()!;
    process.kill(god, 'SIGKILL');
    await until('the next God waits', () => home.log().includes('does not answer: '));
    process.kill(pid, 'SIGKILL');
    process.kill(shim.pid, 'SIGCONT');
    await within('the end of the stop', stopping);
    expect((await stopping).code).toBe(0);
    expect((await home.view(0)).status).toBe('stopped');
  });

  test('dies leaves nothing to a delete or kill that comes just then', async () => {
    const stubborn = home.write(
      'stubborn.js',
      `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000)`,
    );
    await home.ok(['start', stubborn, '--kill-timeout', '2000', '--no-autorestart']);
    const { pid } = await home.view(0);
    process.kill(home.shims()[0]!.process.pid, 'SIGKILL');
    await until('God knows', () => /shim fork is lost/.test(home.log()));
    await home.ok(['delete', 'all']);
    expect(isRunning(pid)).toBe(false);
    await home.ok(['start', stubborn, '--kill-timeout', '2000', '--no-autorestart']);
    const second = await home.view(0);
    process.kill(home.shims()[0]!.process.pid, 'SIGKILL');
    await until('God knows', () => (home.log().match(/shim fork is lost/g) ?? []).length === 2);
    await home.ok(['kill']);
    expect(isRunning(second.pid)).toBe(false);
  });
});
