import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceView } from '../../../src/model/instance';
import { isStopped } from '../../rig/census';
import { textOf } from '../../rig/cleanliness';
import { godsOf } from '../../rig/gods';
import { app, createHome, type TestHome } from '../../rig/home';
import { ask, freePort } from '../../rig/http';
import { violations, workersOf } from '../../rig/invariants';
import { failed, NONE_FAILED, startLoad } from '../../rig/load';
import { until } from '../../rig/wait';

/** With PM_TEST_LONG=1 longer than any deadline between our programs; always long enough for an orphaned shim to act. */
const FROZEN_MS = process.env['PM_TEST_LONG'] === '1' ? 60_000 : 1500;

/** What a freeze must not change. */
const lasting = (views: readonly InstanceView[]): unknown =>
  views.map(({ cpuPercent: _cpu, memoryBytes: _memory, ...rest }) => rest);

describe('a God that is frozen', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  test('makes commands fail in time, naming it, while apps go on; thawed it answers again', async () => {
    const port = await freePort();
    await home.ok(['start', app('http-app.js'), '-i', '1'], { env: { PORT: String(port) } });
    const before = await home.view(0);
    const pid = home.godPid()!;
    process.kill(pid, 'SIGSTOP');
    try {
      await until('God is stopped', () => isStopped(pid));
      const startTick = performance.now();
      const { code, stderr, stdout } = await home.pm(['list']);
      expect(performance.now() - startTick).toBeLessThan(15_000);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(`God (pid ${pid}) does not answer`);
      expect(stderr).toContain(`kill -CONT ${pid}`);
      expect((await ask(port)).pid).toBe(before.pid);
      // Nothing may come of it: no second God, no worker that is ended.
      await delay(FROZEN_MS);
      expect(godsOf(home).map((god) => god.pid)).toEqual([pid]);
      expect((await ask(port)).pid).toBe(before.pid);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await home.view(0)).toMatchObject({ pid: before.pid, restarts: 0, status: 'online' });
    expect(home.godPid()).toBe(pid);
    expect(godsOf(home)).toHaveLength(1);
  }, 120_000);

  test('is left alone by the shims, and finds all as it was', async () => {
    const port = await freePort();
    await home.ok(['start', app('http-app.js'), '-i', '2'], { env: { PORT: String(port), DELAY_MS: '5' } });
    await home.ok(['start', app('idle.js')]);
    await home.ok(['start', app('server.js')]);
    const before = await home.list();
    const server = before.find(({ name }) => name === 'server')!;
    const load = startLoad(home, port, 1);
    await load.answered(1);
    const pid = home.godPid()!;
    process.kill(pid, 'SIGSTOP');
    try {
      await until('God is stopped', () => isStopped(pid));
      process.kill(server.pid, 'SIGKILL');
      // That nothing happens meanwhile.
      await delay(FROZEN_MS);
      expect(godsOf(home).map((god) => god.pid)).toEqual([pid]);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const after = await until('the one that died is back', async () => {
      const views = await home.list();
      return (
        views.every(({ status }) => status === 'online') && violations(home, views).length === 0 && views
      );
    });
    const others = (views: readonly InstanceView[]): InstanceView[] =>
      views.filter(({ name }) => name !== 'server');
    expect(lasting(others(after))).toEqual(lasting(others(before)));
    expect(after.find(({ name }) => name === 'server')).toMatchObject({ restarts: 1 });
    expect(home.godPid()).toBe(pid);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
  }, 120_000);

  test('does not take a worker that got ready meanwhile for one that did not', async () => {
    const start = home.pm(['start', app('ready-app.js'), '--wait-ready', '--listen-timeout', '2000'], {
      env: { READY_AFTER_MS: '1000' },
    });
    const [worker] = await until('the worker, and that God knows it', () => {
      const workers = workersOf(home);
      return workers.length > 0 && /"processes":\[\{/.test(textOf(home.stateFile)) && workers;
    });
    const pid = home.godPid()!;
    process.kill(pid, 'SIGSTOP');
    try {
      await until('God is stopped', () => isStopped(pid));
      // Its time runs out, and it gets ready before that.
      await delay(3000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await start).toMatchObject({ code: 0 });
    expect(await home.view(0)).toMatchObject({ pid: worker!.pid, status: 'online', restarts: 0, exits: [] });
  });

  test('may be killed, as the hint says: the next one adopts', async () => {
    await home.ok(['start', app('server.js')]);
    const before = await home.view(0);
    const pid = home.godPid()!;
    process.kill(pid, 'SIGSTOP');
    await until('God is stopped', () => isStopped(pid));
    process.kill(pid, 'SIGKILL');
    expect(await home.view(0)).toMatchObject({ pid: before.pid, status: 'online' });
  });
});
