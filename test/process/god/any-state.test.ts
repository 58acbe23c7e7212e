import { writeFileSync } from 'node:fs';
import type { InstanceView } from '../../../src/model/instance';
import { isRunning } from '../../rig/census';
import { killGod } from '../../rig/gods';
import { app, createHome, type TestHome } from '../../rig/home';
import { freePort } from '../../rig/http';
import { violations } from '../../rig/invariants';
import { failed, NONE_FAILED, startLoad } from '../../rig/load';
import { until } from '../../rig/wait';

const lasting = (views: readonly InstanceView[]): unknown =>
  views.map(({ cpuPercent: _cpu, memoryBytes: _memory, ...rest }) => rest);

describe('God is killed, and goes on where it was, with an app that', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  test('rests: errored, stopped, waiting for its restart, which comes at its time', async () => {
    // Longer than a busy machine needs to show the list twice.
    const waitMs = 12_000;
    const crashes = app('crash-at-once.js');
    const apps = [
      { name: 'errored', script: crashes, max_restarts: 1 },
      { name: 'waits', script: crashes, restart_delay: waitMs },
      { name: 'stopped', script: app('server.js') },
      { name: 'never', script: app('server.js'), autostart: false },
    ];
    await home.pm(['start', home.write('resting.json', JSON.stringify({ apps }))]);
    await home.ok(['stop', 'stopped']);
    await home.untilAll('errored', 'errored');
    const [waiting] = await home.untilAll('waiting restart', 'waits');
    const before = await home.list();
    await killGod(home);
    expect(lasting(await home.list())).toEqual(lasting(before));
    const next = await until(
      'it is started again',
      async () => {
        const [now] = (await home.list()).filter(({ name }) => name === 'waits');
        return now!.exits.length > waiting!.exits.length && now;
      },
      { deadlineMs: 2 * waitMs },
    );
    const [earlier, later] = next.exits.slice(-2);
    expect(later!.atMs - earlier!.atMs).toBeGreaterThanOrEqual(waitMs);
    expect(waiting!.nextStartAtMs).toBeGreaterThanOrEqual(earlier!.atMs + waitMs);
  });

  test('dies of a signal meanwhile: who and what is recorded, and it is there again', async () => {
    await home.ok(['start', app('server.js')]);
    const { pid } = await home.view(0);
    await killGod(home);
    process.kill(pid, 'SIGKILL');
    const view = await until('its successor is online', async () => {
      const now = await home.view(0);
      return now.status === 'online' && now.pid !== pid && now;
    });
    expect(view).toMatchObject({ restarts: 1, exits: [{ pid, code: null, signal: 'SIGKILL' }] });
  });

  test('is being deleted: it is deleted', async () => {
    await home.ok(['start', app('ignores-sigint.js'), '--kill-timeout', '1000']);
    const { pid } = await home.view(0);
    const deleting = home.pm(['delete', 'all']);
    await until('it is stopping', async () => (await home.view(0)).status === 'stopping');
    await killGod(home);
    expect((await deleting).code).toBe(0);
    expect(await home.list()).toEqual([]);
    expect(isRunning(pid)).toBe(false);
  });

  test('is being scaled, up and down: it has as many as were asked for, and no request is lost', async () => {
    const port = await freePort();
    const slow = home.write(
      'slow.js',
      'setTimeout(() => require("node:http").createServer((q, r) => r.end()).listen(process.env.PORT), 500)',
    );
    await home.ok(['start', slow, '-i', '1'], { env: { PORT: String(port) } });
    const load = startLoad(home, port, 1);
    await load.answered(1);
    for (const count of [3, 1]) {
      const said = home.log().length;
      const scaling = home.pm(['scale', 'slow', String(count)]);
      await until('it is under way', () => /→ (launching|stopping)/.test(home.log().slice(said)));
      await killGod(home);
      expect((await scaling).code).toBe(0);
      const views = await home.untilAll('online');
      expect(views).toHaveLength(count);
      expect(violations(home, views)).toEqual([]);
    }
    await load.answered(1);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
  });

  test.each([
    ['corrupt', 'not JSON'],
    ['empty', ''],
    ['from the future', '{"version":999,"apps":[]}'],
  ])(
    'runs, and both generations of its state are %s: the list is what the shims tell',
    async (_title, text) => {
      const port = await freePort();
      await home.ok(['start', app('http-app.js'), '-i', '2'], { env: { PORT: String(port) } });
      await home.ok(['start', app('server.js')]);
      const before = await home.list();
      await killGod(home);
      writeFileSync(home.stateFile, text);
      writeFileSync(`${home.stateFile}.bak`, text);
      const after = await home.list();
      expect(after.map(({ id, pid, status }) => ({ id, pid, status }))).toEqual(
        before.map(({ id, pid }) => ({ id, pid, status: 'online' })),
      );
      expect(home.log()).toContain('cannot be used');
      expect(home.log()).toContain('what their shims tell is taken over');
      await home.ok(['stop', '2']);
      expect(isRunning(before[2]!.pid)).toBe(false);
      await home.ok(['delete', 'all']);
      expect(before.filter(({ pid }) => isRunning(pid))).toEqual([]);
    },
  );
});
