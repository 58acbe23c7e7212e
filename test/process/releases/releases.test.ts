import { readFileSync, writeFileSync } from 'node:fs';
import type { InstanceView } from '../../../src/model/instance';
import { killGod } from '../../rig/gods';
import { app, createHome, type TestHome } from '../../rig/home';
import { freePort } from '../../rig/http';
import { violations } from '../../rig/invariants';
import { failed, NONE_FAILED, startLoad } from '../../rig/load';
import { entryOf, layOut, releaseFolder, releases, startGodOf, TODAY } from '../../rig/releases';
import { until } from '../../rig/wait';

/*
 * Shims outlive upgrades (and preloads the shims that have started them), so each protocol between our programs changes
 * by addition only. Daemons of every release, as they were released, meet those of today.
 */

/** Not what moves by itself, nor what a God of that release does not know of. */
const lasting = (views: readonly InstanceView[]): unknown =>
  views.map(
    ({ cpuPercent: _cpu, memoryBytes: _memory, generation: _generation, script: _script, ...rest }) => rest,
  );

describe.each(releases)('programs of release %s', (version) => {
  let home: TestHome;
  let port: number;
  beforeEach(async () => {
    home = createHome();
    port = await freePort();
  });
  afterEach(() => home.dispose());

  const released = releaseFolder(version);
  const entryOfGod = (): unknown =>
    (JSON.parse(readFileSync(home.programFile, 'utf8')) as { entry: unknown }).entry;
  const pidsOf = (views: readonly InstanceView[]): number[] => views.map(({ pid }) => pid);
  const shimPids = (): number[] => home.shims().map(({ process }) => process.pid);

  async function startApps(): Promise<InstanceView[]> {
    await home.ok(['start', app('http-app.js'), '-i', '2'], { env: { PORT: String(port) } });
    await home.ok(['start', app('server.js')]);
    await home.ok(['start', app('counter.js')]);
    return home.list();
  }

  /** What a user does in a week, with the God and the shims that are there now, which stay. */
  async function everythingWorks(): Promise<void> {
    const shims = shimPids();
    const god = entryOfGod();
    const load = startLoad(home, port, 1);
    await load.answered(1);
    const [web, , server, counter] = await home.list();
    await home.ok(['reload', 'http-app']);
    expect(pidsOf(await home.list())).not.toContain(web!.pid);
    await home.ok(['scale', 'http-app', '3']);
    await home.ok(['scale', 'http-app', '2']);
    await home.ok(['restart', 'server']);
    const restarted = await home.view(server!.id);
    expect(restarted.pid).not.toBe(server!.pid);
    expect((await home.ok(['logs', 'counter', '--nostream', '--lines', '3'])).stdout).toMatch(/line \d+/);

    process.kill(restarted.pid, 'SIGKILL');
    const again = await until('the crash is made good', async () => {
      const now = await home.view(server!.id);
      return now.status === 'online' && now.pid !== restarted.pid && now;
    });
    expect(again.exits.at(-1)).toMatchObject({ pid: restarted.pid, signal: 'SIGKILL' });
    await home.ok(['stop', 'server']);
    expect((await home.view(server!.id)).status).toBe('stopped');
    await home.ok(['start', 'server']);
    await home.ok(['reloadLogs']);

    const before = await home.list();
    const { pid } = await killGod(home);
    await until('a shim revives God', () => home.godPid() !== undefined && home.godPid() !== pid);
    expect(lasting(await home.list())).toEqual(lasting(before));
    await load.answered(1);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
    expect(violations(home, await home.list())).toEqual([]);
    expect(entryOfGod()).toBe(god);
    expect(shimPids()).toEqual(shims);
    expect((await home.view(counter!.id)).pid).toBe(counter!.pid);

    await home.ok(['delete', 'all']);
    await until('the shims have gone', () => home.shims().length === 0);
  }

  test('pm update under load: its shims and their apps stay, and everything works with them', async () => {
    await startGodOf(home, released);
    const before = await startApps();
    const shims = shimPids();
    const load = startLoad(home, port, 1);
    await load.answered(1);
    await home.ok(['update']);
    expect(lasting(await home.list())).toEqual(lasting(before));
    await load.answered(1);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
    expect(entryOfGod()).toBe(entryOf(TODAY, 'god'));
    expect(shimPids()).toEqual(shims);
    expect(home.shims().map((shim) => shim.version)).toEqual([version, version]);
    await everythingWorks();
  });

  test('an upgrade in place: its shims start workers with the preload of today', async () => {
    await startGodOf(home, layOut(home, { god: released, shim: released, worker: TODAY }));
    await startApps();
    await home.ok(['update']);
    await everythingWorks();
  });

  test('a way back: its God takes over the shims of today', async () => {
    const before = await startApps();
    const shims = shimPids();
    // What a shim revives is the God that was there last.
    await until('the program is noted', () => entryOfGod() === entryOf(TODAY, 'god'));
    writeFileSync(
      home.programFile,
      JSON.stringify({ version, nodePath: process.execPath, entry: entryOf(released, 'god') }),
    );
    const { pid } = await killGod(home);
    await until('another God', () => home.godPid() !== undefined && home.godPid() !== pid);
    expect(lasting(await home.list())).toEqual(lasting(before));
    expect(shimPids()).toEqual(shims);
    expect(entryOfGod()).toBe(entryOf(released, 'god'));
    await everythingWorks();
  });
});
