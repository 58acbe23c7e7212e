import { readFileSync, statSync, writeFileSync } from 'node:fs';
import type { InstanceView } from '../../../src/model/instance';
import { isRunning } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

describe('the list', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  const inShort = (views: readonly InstanceView[]): unknown =>
    views.map(({ id, name, slot, status, uniqueId }) => ({ id, name, slot, status, uniqueId }));

  /** One app of two instances, one stopped, and a gap in the ids. */
  async function someApps(): Promise<unknown> {
    await home.ok(['start', app('server.js'), '-i', '2', '-x', '--name', 'two']);
    await home.ok(['start', app('idle.js'), '--name', 'gone']);
    await home.ok(['start', app('server.js'), '--name', 'resting']);
    await home.ok(['delete', 'gone']);
    await home.ok(['stop', 'resting']);
    return inShort(await home.list());
  }

  test('that was saved comes back as it was: ids, stopped ones, their files 0600', async () => {
    const before = await someApps();
    expect((await home.ok(['save'])).stdout).toContain(`Successfully saved in ${home.dumpFile}`);
    expect(statSync(home.dumpFile).mode & 0o777).toBe(0o600);
    await home.ok(['kill']);
    expect(await home.list()).toEqual([]);
    const { stdout } = await home.ok(['resurrect']);
    expect(stdout).toContain(`Restoring processes located in ${home.dumpFile}`);
    expect(inShort(await home.list())).toEqual(before);
    // What is there is left alone.
    const pids = (await home.list()).map(({ pid }) => pid);
    await home.ok(['resurrect']);
    expect((await home.list()).map(({ pid }) => pid)).toEqual(pids);
  });

  test('that was saved gives way to ids that are taken', async () => {
    await home.ok(['start', app('server.js'), '--name', 'saved']);
    await home.ok(['save']);
    await home.ok(['delete', 'all']);
    await home.ok(['start', app('server.js'), '--name', 'newer']);
    await home.ok(['resurrect']);
    expect((await home.list()).map(({ id, name }) => `${id} ${name}`)).toEqual(['0 newer', '1 saved']);
  });

  test('when it is empty is saved only by force, and cleared by cleardump', async () => {
    await someApps();
    await home.ok(['save']);
    await home.ok(['delete', 'all']);
    const saved = readFileSync(home.dumpFile, 'utf8');
    const { stderr } = await home.ok(['save']);
    expect(stderr).toContain('nothing to save');
    expect(readFileSync(home.dumpFile, 'utf8')).toBe(saved);
    await home.ok(['save', '--force']);
    expect(JSON.parse(readFileSync(home.dumpFile, 'utf8'))).toMatchObject({ apps: [] });
    expect(readFileSync(`${home.dumpFile}.bak`, 'utf8')).toBe(saved);
    await home.ok(['start', app('server.js')]);
    await home.ok(['dump']);
    await home.ok(['cleardump']);
    expect(JSON.parse(readFileSync(home.dumpFile, 'utf8'))).toMatchObject({ apps: [] });
    expect((await home.pm(['save', 'api'])).code).toBe(1);
  });

  test('without a dump nothing is resurrected, which is no error', async () => {
    const { stdout } = await home.ok(['resurrect']);
    expect(stdout).toContain('No list was saved');
  });

  test('out of a damaged dump comes from the one before it; without one it is an error, and no file is touched', async () => {
    const before = await someApps();
    await home.ok(['save']);
    await home.ok(['save']);
    await home.ok(['kill']);
    writeFileSync(home.dumpFile, '{"version":1,"apps":[{"sp');
    const { stderr } = await home.ok(['resurrect']);
    expect(stderr).toContain(`${home.dumpFile}.bak is used instead`);
    expect(inShort(await home.list())).toEqual(before);
    writeFileSync(`${home.dumpFile}.bak`, '[]');
    await home.ok(['kill']);
    expect((await home.pm(['resurrect'])).code).toBe(1);
    expect(readFileSync(`${home.dumpFile}.bak`, 'utf8')).toBe('[]');
  });

  test('a kill that comes while a signal ends God empties the list all the same', async () => {
    await home.ok(['start', app('ignores-sigint.js'), '--kill-timeout', '1000']);
    process.kill(home.godPid()!, 'SIGTERM');
    await until('it is ending', () => home.log().includes('SIGTERM: every app is stopped'));
    await home.ok(['kill']);
    expect(await home.list()).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGQUIT'])(
    'outlives %s to God, which ends everything in order',
    async (signal) => {
      const before = await someApps();
      const pids = (await home.list()).map(({ pid }) => pid).filter((pid) => pid > 0);
      const god = home.godPid()!;
      process.kill(god, signal);
      await until('God has ended', () => !isRunning(god));
      expect(pids.filter(isRunning)).toEqual([]);
      expect(home.shims()).toEqual([]);
      // Nobody brings it back but the next command.
      expect(home.godPid()).toBeUndefined();
      await home.untilAll('online', 'two');
      expect(inShort(await home.list())).toEqual(before);
    },
  );

  test('does not end with SIGHUP', async () => {
    await home.ok(['start', app('server.js')]);
    const god = home.godPid()!;
    process.kill(god, 'SIGHUP');
    expect((await home.list()).length).toBe(1);
    expect(home.godPid()).toBe(god);
  });
});
