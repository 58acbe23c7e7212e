import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { InstanceView } from '../../../src/model/instance';
import { isRunning, isStopped } from '../../rig/census';
import { godsOf } from '../../rig/gods';
import { app, createHome, type TestHome } from '../../rig/home';
import { freePort } from '../../rig/http';
import { failed, NONE_FAILED, startLoad } from '../../rig/load';
import { runPm } from '../../rig/run';
import { until } from '../../rig/wait';

const lasting = (views: readonly InstanceView[]): unknown =>
  views.map(({ cpuPercent: _cpu, memoryBytes: _memory, ...rest }) => rest);

describe('pm update', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  test('replaces God under load: the same processes, the same list, no failed request', async () => {
    const port = await freePort();
    await home.ok(['start', app('http-app.js'), '-i', '2'], { env: { PORT: String(port) } });
    await home.ok(['start', app('counter.js')]);
    const before = await home.list();
    const load = startLoad(home, port, 2);
    await load.answered(1);
    for (let n = 0; n < 3; n++) {
      const old = home.godPid()!;
      await home.ok(['update']);
      expect(isRunning(old)).toBe(false);
      expect(godsOf(home)).toHaveLength(1);
      expect(lasting(await home.list())).toEqual(lasting(before));
    }
    await load.answered(1);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
    await home.ok(['reload', 'http-app']);
  });

  test('starts a God where none is', async () => {
    await home.ok(['update']);
    expect(godsOf(home)).toHaveLength(1);
  });

  test('ends a God that is frozen', async () => {
    await home.ok(['start', app('server.js')]);
    const before = await home.list();
    const old = home.godPid()!;
    process.kill(old, 'SIGSTOP');
    await until('God is stopped', () => isStopped(old));
    await home.ok(['update']);
    expect(isRunning(old)).toBe(false);
    expect(lasting(await home.list())).toEqual(lasting(before));
  });

  test('to a build that cannot start says so, and leaves apps, which bring back the God before', async () => {
    await home.ok(['start', app('server.js')]);
    const { pid } = await home.view(0);
    const root = join(home.cwd, 'new');
    for (const part of ['bin', 'dist', 'package.json'])
      cpSync(resolve(__dirname, '../../..', part), join(root, part), { recursive: true });
    const update = () => runPm(['update'], { program: join(root, 'bin/pm'), env: home.env, cwd: home.cwd });
    writeFileSync(join(root, 'dist/god/main.js'), 'process.exit(3)');
    const broken = await update();
    await until('the God before is back', () => home.godPid());
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('Apps that run go on') });
    expect((await home.view(0)).pid).toBe(pid);
    rmSync(join(root, 'dist/god/main.js'));
    expect(await update()).toMatchObject({ code: 1, stderr: expect.stringContaining('is not complete') });
    expect((await home.view(0)).pid).toBe(pid);
  });

  test('lets a command that is under way come to its end', async () => {
    await home.ok(['start', app('ready-app.js'), '--wait-ready'], { env: { READY_AFTER_MS: '1000' } });
    const restart = home.pm(['restart', 'ready-app']);
    await until('it restarts', async () => (await home.view(0)).status === 'launching');
    await home.ok(['update']);
    expect((await restart).code).toBe(0);
    expect(await home.view(0)).toMatchObject({ status: 'online', restarts: 1 });
  });

  test('leaves a launcher that starts pm without any environment', async () => {
    await home.ok(['ping']);
    await until('the launcher is written', () => statSync(home.launcher).size);
    expect(statSync(home.launcher).mode & 0o777).toBe(0o700);
    const { spawnSync } = await import('node:child_process');
    const run = (env: NodeJS.ProcessEnv) =>
      spawnSync(home.launcher, ['--version'], { env: { PM_HOME: home.path, ...env }, encoding: 'utf8' });
    expect(run({}).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    // After an upgrade of Node the old one is gone: the one in PATH does.
    const moved = readFileSync(home.launcher, 'utf8').replace(process.execPath, '/nowhere/node');
    writeFileSync(home.launcher, moved);
    expect(run({ PATH: process.env['PATH'] }).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(run({ PATH: '/nowhere' }).status).toBe(127);
  });
});
