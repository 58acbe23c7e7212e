import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { lockText, ownerOf } from '../../../src/home';
import { identify, readProcessFacts } from '../../../src/platform';
import { isRunning } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { freePort } from '../../rig/http';
import { failed, NONE_FAILED, startLoad } from '../../rig/load';
import { openPuppets } from '../../rig/puppets';
import { PM } from '../../rig/run';
import { until } from '../../rig/wait';

/** What a God that comes later must show as it was. Not: figures that move by themselves. */
const lasting = (views: Awaited<ReturnType<TestHome['list']>>): unknown =>
  views.map(({ cpuPercent: _cpu, memoryBytes: _memory, ...rest }) => rest);

describe('when God is killed', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  const killGod = async (): Promise<number> => {
    const pid = home.godPid()!;
    process.kill(pid, 'SIGKILL');
    await until('God is dead', () => !isRunning(pid));
    return pid;
  };

  test('apps go on serving, and the next command adopts every one as it is', async () => {
    const port = await freePort();
    await home.ok(['start', app('http-app.js'), '-i', '2'], { env: { PORT: String(port) } });
    await home.ok(['start', app('server.js')]);
    await home.ok(['start', app('server.js'), '--name', 'resting']);
    await home.ok(['stop', 'resting']);
    const before = await home.list();
    const load = startLoad(home, port, 2);
    await load.answered(1);

    const dead = await killGod();
    const after = await home.list();
    expect(lasting(after)).toEqual(lasting(before));
    expect(home.godPid()).not.toBe(dead);
    await load.answered(2);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
    await home.ok(['reload', 'http-app']);
    await home.ok(['restart', 'server']);
    expect((await home.untilAll('online', 'server'))[0]!.pid).not.toBe(after[2]!.pid);
  });

  test('nobody starts another while one holds the lock and does not listen yet', async () => {
    await home.ok(['start', app('server.js')]);
    const births = home.write('births', '');
    const node = home.write(
      'node',
      `#!/bin/sh\necho born >> ${births}\nexec ${process.execPath} "$@"\n`,
      0o755,
    );
    const program = JSON.parse(readFileSync(home.programFile, 'utf8')) as object;
    writeFileSync(home.programFile, JSON.stringify({ ...program, nodePath: node }));
    await killGod();
    rmSync(home.lockFile);
    symlinkSync(lockText(identify(process.pid)!), home.lockFile);
    // Longer than the shim's patience: it was two dozen by then.
    await delay(2000);
    expect(readFileSync(births, 'utf8')).toBe('');
    rmSync(home.lockFile);
    await until('a God', () => readFileSync(births, 'utf8') !== '' && ownerOf(home.lockFile));
    await home.ok(['list']);
    expect(readFileSync(births, 'utf8')).toBe('born\n');
  });

  test('a shim that could not revive one is patient no longer when one has been there since', async () => {
    await home.ok(['start', app('server.js')]);
    const whole = readFileSync(home.programFile, 'utf8');
    const entry = home.write('half-installed.js', 'process.exit(1)');
    writeFileSync(home.programFile, JSON.stringify({ ...(JSON.parse(whole) as object), entry }));
    await killGod();
    await until('it gives up for a while', () => home.log().includes('God cannot be revived'));
    writeFileSync(home.programFile, whole);
    await home.ok(['list']);
    const dead = await killGod();
    await until('another God', () => home.godPid() !== dead && home.godPid(), { deadlineMs: 2000 });
  });

  test('its shim revives it within two seconds, without any command', async () => {
    await home.ok(['start', app('server.js')]);
    const [before] = await home.list();
    const dead = await killGod();
    const revived = await until('another God', () => home.godPid() !== dead && home.godPid(), {
      deadlineMs: 2000,
    });
    expect(identify(revived)).not.toBeNull();
    // systemd must hear of its end, and hears only of those of its children.
    const shimPids = home.shims().map(({ process }) => process.pid);
    expect(shimPids).not.toContain(readProcessFacts(revived)?.parentPid);
    expect((await home.view(0)).pid).toBe(before!.pid);
    expect(home.godPid()).toBe(revived);
  });

  (spawnSync('unshare', ['--mount', 'true']).status === 0 ? test : test.skip)(
    'also on a machine without a shell',
    async () => {
      const script = 'mount --bind /dev/null /bin/sh && exec "$@"';
      const start = [process.execPath, PM, 'start', app('server.js')];
      execFileSync('unshare', ['--mount', '/bin/sh', '-c', script, 'sh', ...start], { env: home.env });
      // pidusage asks for the size of a page, and does without.
      home.tolerate(/a stack trace: at ChildProcess\._handle\.onexit/);
      const dead = await killGod();
      await until('another God', () => home.godPid() !== dead && home.godPid(), { deadlineMs: 2000 });
    },
  );

  test('what is no folder of a shim is no obstacle', async () => {
    await home.ok(['start', app('server.js')]);
    writeFileSync(`${home.shimsDir}/.DS_Store`, '');
    const [before] = await home.list();
    await killGod();
    expect((await home.view(0)).pid).toBe(before!.pid);
    rmSync(`${home.shimsDir}/.DS_Store`);
  });

  test('a crash while it is away is made good by the next one, and told', async () => {
    const puppets = await openPuppets(home);
    await home.ok(['start', puppets.script], { env: puppets.env });
    const puppet = await puppets.next();
    await killGod();
    await puppet.tell('exit', 9);
    const next = await puppets.next();
    expect(next.pid).not.toBe(puppet.pid);
    const view = await until('the exit is known', async () => {
      const now = await home.view(0);
      return now.exits.length > 0 && now;
    });
    expect(view).toMatchObject({ restarts: 1, exits: [{ pid: puppet.pid, code: 9 }] });
    await home.ok(['delete', 'all']);
    await puppets.close();
  });

  test('again and again, nobody is started twice and nothing is lost', async () => {
    await home.ok(['start', app('server.js'), '-i', '2', '-x']);
    const before = await home.list();
    for (let n = 0; n < 3; n++) {
      await killGod();
      expect(lasting(await home.list())).toEqual(lasting(before));
    }
    expect(home.shims()).toHaveLength(1);
  });

  /** Half a second until it listens: time enough to kill God within. */
  const slowApp = (): string =>
    home.write(
      'slow.js',
      'setTimeout(() => require("node:http").createServer((q, r) => r.end()).listen(process.env.PORT), 500)',
    );

  test('a start that was under way is finished, and its command follows the next God', async () => {
    const port = await freePort();
    const starting = home.pm(['start', slowApp(), '-i', '2'], { env: { PORT: String(port) } });
    await until('both are launching', async () => home.log().match(/launching \(starting\)/g)?.length === 2);
    await killGod();
    expect(await starting).toMatchObject({ code: 0, stderr: '' });
    const views = await home.list();
    expect(views.map(({ status }) => status)).toEqual(['online', 'online']);
    expect(views.map(({ id, restarts, listening }) => [id, restarts, listening[0]?.port])).toEqual([
      [0, 0, port],
      [1, 0, port],
    ]);
  });

  test('a reload that was under way is finished, and loses no request', async () => {
    const port = await freePort();
    await home.ok(['start', slowApp(), '-i', '2'], { env: { PORT: String(port) } });
    const before = (await home.list()).map(({ pid }) => pid);
    const load = startLoad(home, port, 2);
    await load.answered(1);
    const reloading = home.pm(['reload', 'slow']);
    // Before that is on disk a reload is as good as never asked for: the command fails, the old ones stay.
    await until('it is reloading, and that is on disk', () =>
      /"rollout": ?\{/.test(readFileSync(home.stateFile, 'utf8')),
    );
    await killGod();
    expect((await reloading).code).toBe(0);
    const views = await home.list();
    expect(views.map(({ status }) => status)).toEqual(['online', 'online']);
    expect(views.filter(({ pid }) => before.includes(pid))).toEqual([]);
    await until('the old ones are gone', () => !before.some(isRunning));
    await load.answered(1);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
    expect(await home.list()).toHaveLength(2);
  });

  test('a stop that was under way is finished', async () => {
    await home.ok(['start', app('ignores-sigint.js'), '--kill-timeout', '1000']);
    const { pid } = await home.view(0);
    const stopping = home.pm(['stop', 'all']);
    await until('it is stopping', async () => (await home.view(0)).status === 'stopping');
    await killGod();
    await stopping;
    await home.untilAll('stopped');
    expect(isRunning(pid)).toBe(false);
  });

  test('a shim that was killed with it takes no app along for good', async () => {
    await home.ok(['start', app('server.js'), '--kill-timeout', '200']);
    const [shim] = home.shims();
    const { pid } = await home.view(0);
    home.remember(identify(pid)!);
    process.kill(shim!.process.pid, 'SIGKILL');
    const view = await until('a new worker under a new shim', async () => {
      const now = await home.view(0);
      return now.status === 'online' && now.pid !== pid && now;
    });
    expect(isRunning(view.pid)).toBe(true);
    expect(isRunning(pid)).toBe(false);
    expect(view.exits.at(-1)).toMatchObject({ cause: 'shim lost' });
  });

  test('a shim record that names a living stranger is not believed', async () => {
    await home.ok(['ping']);
    await killGod();
    const dir = `${home.shimsDir}/f`;
    mkdirSync(dir, { recursive: true });
    // A reused pid: this very process, but with another start.
    const process_ = { ...identify(process.pid)!, startTicks: 1 };
    writeFileSync(
      `${dir}/json`,
      JSON.stringify({ id: 'f', kind: 'fork', protocol: 1, version: '0', process: process_, bootId: 'x' }),
    );
    expect(await home.list()).toEqual([]);
    await home.ok(['start', app('server.js')]);
    expect((await home.view(0)).status).toBe('online');
    expect(
      JSON.parse(readFileSync(`${home.shimsDir}/${home.shims()[0]!.id}/json`, 'utf8')),
    ).not.toMatchObject({
      version: '0',
    });
  });

  test.each([
    ['truncated', '{"version":1,"apps":[{"na'],
    ['empty', ''],
    ['of another planet', '{"version":999,"apps":"yes"}'],
  ])('a state file that is %s falls back to the one before', async (_title, text) => {
    await home.ok(['start', app('server.js')]);
    await home.ok(['start', app('server.js'), '--name', 'two']);
    const before = await home.list();
    await killGod();
    writeFileSync(home.stateFile, text);
    const after = await home.list();
    // The file before knew one of them at least; what the shims run is not forgotten either.
    expect(after.length).toBeGreaterThanOrEqual(1);
    for (const view of after) expect(before.map(({ pid }) => pid)).toContain(view.pid);
    expect(home.log()).toMatch(/state\.json/);
    // Whoever only looks at the list is told as well, also by the next God, until he has seen to it.
    await home.ok(['update']);
    const aside = `${home.stateFile}.unreadable`;
    expect((await home.ok(['jlist'])).stderr).toContain(`rm ${aside}`);
    rmSync(aside);
    expect((await home.ok(['jlist'])).stderr).toBe('');
  });
});
