import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { app, createHome, type TestHome } from '../../rig/home';
import { ask, freePort } from '../../rig/http';
import { violations } from '../../rig/invariants';
import { failed, NONE_FAILED, startLoad } from '../../rig/load';

describe('a cluster app that is to have another shim', () => {
  let home: TestHome;
  let port: number;
  let otherNode: string;
  beforeEach(async () => {
    home = createHome();
    port = await freePort();
    mkdirSync(`${home.cwd}/other`);
    otherNode = `${home.cwd}/other/node`;
    symlinkSync(process.execPath, otherNode);
  });
  afterEach(() => home.dispose());

  const file = (attributes: object): string =>
    home.write(
      'web.json',
      JSON.stringify({
        apps: [{ name: 'web', script: app('http-app.js'), env: { PORT: String(port) }, ...attributes }],
      }),
    );
  const shimIds = (): string[] => home.shims().map(({ id }) => id);

  test('because of its Node: a restart takes all of its instances there, and the shim before goes', async () => {
    await home.ok(['start', file({ instances: 2 })]);
    expect(shimIds()).toEqual(['c-1']);
    await home.ok(['startOrRestart', file({ instances: 2, interpreter: otherNode })]);
    const [id, ...more] = shimIds();
    expect([id, more]).toEqual([expect.stringMatching(/^c-1-\w+$/), []]);
    expect((await ask(port)).version).toBe('1');
    expect(violations(home, await home.untilAll('online'))).toEqual([]);
    await home.ok(['reload', 'web']);
    await home.ok(['startOrRestart', file({ instances: 2 })]);
    expect(shimIds()).toEqual(['c-1']);
    await home.ok(['delete', 'web']);
  });

  test('because of its Node: told to one instance, all of them go', async () => {
    await home.ok(['start', file({ instances: 2 })]);
    const before = (await home.list()).map(({ pid }) => pid);
    await home.ok(['restart', '0', '--interpreter', otherNode]);
    const after = await home.untilAll('online');
    expect(after.filter(({ pid }) => before.includes(pid))).toEqual([]);
    expect(violations(home, after)).toEqual([]);
  });

  test('because of its mode: the new workers listen where the old ones did', async () => {
    await home.ok(['start', file({ instances: 1 })]);
    for (const mode of ['fork', 'cluster', 'fork']) {
      await home.ok(['startOrRestart', file({ instances: 1, exec_mode: mode })]);
      const [view] = await home.untilAll('online');
      expect([view!.mode, shimIds().filter((id) => id !== 'fork')]).toEqual([
        mode,
        mode === 'fork' ? [] : ['c-1'],
      ]);
      expect((await ask(port)).pid).toBe(view!.pid);
    }
    expect(violations(home, await home.list())).toEqual([]);
  });

  test('because its Node was upgraded away: a reload is refused, a restart takes it there', async () => {
    await home.ok(['start', file({ instances: 2, interpreter: 'node' })], {
      env: { PATH: `${home.cwd}/other:${process.env['PATH'] ?? ''}` },
    });
    const before = await home.untilAll('online');
    rmSync(otherNode);
    await home.ok(['update']);
    const { code, stderr } = await home.pm(['reload', 'web']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('pm restart web') });
    expect((await home.list()).map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
    await home.ok(['restart', 'web']);
    expect(violations(home, await home.untilAll('online'))).toEqual([]);
    await home.ok(['reload', 'web']);
    expect((await ask(port)).version).toBe('1');
  });

  test('is left where it is by a reload, which says so and loses no request', async () => {
    await home.ok(['start', file({ instances: 2 })]);
    const load = startLoad(home, port, 1);
    await load.answered(1);
    const { stderr } = await home.ok([
      'startOrReload',
      file({ instances: 2, interpreter: otherNode, env: { PORT: String(port), APP_VERSION: '2' } }),
    ]);
    expect(stderr).toContain('The reload of web leaves interpreter as it was');
    await load.answered(1);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
    expect((await ask(port)).version).toBe('2');
    expect(shimIds()).toEqual(['c-1']);
  });

  test('a change that is told to one instance only is the app’s, which is said', async () => {
    await home.ok(['start', file({ instances: 2 })]);
    const before = await home.view(1);
    const { stderr } = await home.ok(['restart', '0', '--update-env'], { env: { APP_VERSION: '3' } });
    expect(stderr).toContain(
      'What was changed is changed for web as a whole: web#1 will get it with the next start',
    );
    expect((await home.view(1)).pid).toBe(before.pid);
    await home.ok(['restart', '1']);
    expect((await ask(port)).version).toBe('3');
    expect((await home.ok(['restart', '0'])).stderr).not.toContain('as a whole');
  });
});
