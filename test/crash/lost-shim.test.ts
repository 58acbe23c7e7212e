import { isAlive } from '../../src/platform';
import { connectIfRunning } from '../../src/satan';
import { isRunning } from '../rig/census';
import { awake, passesOf } from '../rig/flows';
import { godsOf, killGod } from '../rig/gods';
import { app, createHome, type TestHome } from '../rig/home';
import { violations, workersOf } from '../rig/invariants';
import { until } from '../rig/wait';

/* What the crash rig has found, each as it was. */

describe('a shim dies before it has told of a worker', () => {
  let home: TestHome;
  afterEach(() => home.dispose());

  const untilRestored = (): Promise<unknown> =>
    until('one worker, and no other', async () => {
      const views = await home.list();
      expect(views).toMatchObject([{ status: 'online' }]);
      return violations(home, views).length === 0;
    });

  test('that fork-mode worker is ended, and another takes its place', async () => {
    home = createHome({ failpoints: 'shim:worker.spawned@restart=1*crash' });
    await home.ok(['start', app('server.js')]);
    awake(home, 'restart');
    await home.pm(['restart', 'server']);
    await untilRestored();
  });

  test('the next God ends it, when God has died together with the shim', async () => {
    home = createHome({ failpoints: 'shim:worker.spawned@restart=1*delay(60000)' });
    await home.ok(['start', app('server.js')]);
    const old = await home.view(0);
    awake(home, 'restart');
    const restart = home.pm(['restart', 'server']);
    const [untold] = await until('its successor', () => {
      const others = workersOf(home).filter(({ pid }) => pid !== old.pid);
      return others.length > 0 && others;
    });
    const all = [...godsOf(home), ...home.shims().map((shim) => shim.process)];
    for (const { pid } of all) process.kill(pid, 'SIGKILL');
    await until('all have died', () => !all.some(isAlive));
    await restart;
    await untilRestored();
    expect(isRunning(untold!.pid)).toBe(false);
  });
});

describe('a God dies before he has met the shim that he started', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome({ failpoints: 'god:shim.spawned@loss=1*crash' });
  });
  afterEach(() => home.dispose());

  test('that shim brings another, without any command', async () => {
    await home.ok(['start', app('server.js')]);
    awake(home, 'loss');
    const [god] = godsOf(home);
    process.kill(home.shims()[0]!.process.pid, 'SIGKILL');
    await until('God has died', () => !isAlive(god!));
    const views = await until('the next God', async () => {
      const satan = await connectIfRunning(home, { deadlineMs: 2000 });
      if (satan === null) return null;
      const { instances } = await satan.call('list', {}).finally(() => satan.close());
      return instances[0]?.status === 'online' && instances;
    });
    expect(violations(home, views)).toEqual([]);
  });
});

describe('a God dies while a shim is being born, and the next one comes first', () => {
  let home: TestHome;
  afterEach(() => home.dispose());

  test.each([
    ['it has not even its lock: another takes its place, and it goes', 'born'],
    ['it has its lock and no record yet: it is waited for', 'record'],
  ])('%s', async (_title, point) => {
    home = createHome({ failpoints: `shim:${point}=1*delay(1500)` });
    const start = home.ok(['start', app('server.js')]);
    await until('a shim is being born', () => passesOf(home)[point] === 1);
    await killGod(home);
    await start;
    await until('one shim with one worker, and no other', async () => {
      const views = await home.list();
      expect(views).toMatchObject([{ status: 'online' }]);
      return violations(home, views).length === 0;
    });
  });
});
