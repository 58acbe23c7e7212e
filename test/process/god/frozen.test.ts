import { setTimeout as delay } from 'node:timers/promises';
import { isStopped } from '../../rig/census';
import { godsOf } from '../../rig/gods';
import { app, createHome, type TestHome } from '../../rig/home';
import { ask, freePort } from '../../rig/http';
import { until } from '../../rig/wait';

/** With PM_TEST_LONG=1 longer than any deadline between our programs; always long enough for an orphaned shim to act. */
const FROZEN_MS = process.env['PM_TEST_LONG'] === '1' ? 60_000 : 1500;

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
