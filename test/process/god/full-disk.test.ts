import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import type { InstanceView } from '../../../src/model/instance';
import { isRunning } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

/** Only root may mount; elsewhere the crash rig injects ENOSPC at each step instead (test/crash/errors.test.ts). */
const canMount = (): boolean => {
  const folder = mkdtempSync('/tmp/pmt-mount-');
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'pm', folder]).status === 0;
  if (isMounted) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return isMounted;
};

(canMount() ? describe : describe.skip)('a disk that is full', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
    mkdirSync(home.path);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'pm', home.path]);
  });
  afterEach(async () => {
    try {
      rmSync(`${home.path}/filler`, { force: true });
      await home.ok(['kill']);
    } finally {
      execFileSync('umount', ['--lazy', home.path]);
      await home.dispose();
    }
  });

  const fill = (): void => {
    const { bavail, bsize } = statfsSync(home.path);
    writeFileSync(`${home.path}/filler`, Buffer.alloc(bavail * bsize));
  };

  test('fails the command with a clear error, and touches neither apps nor the old file', async () => {
    await home.ok(['start', app('server.js')]);
    await home.ok(['start', app('server.js'), '--name', 'two']);
    const before = await home.list();
    fill();
    const state = readFileSync(home.stateFile, 'utf8');
    for (const args of [
      ['start', app('server.js'), '--name', 'three'],
      ['stop', 'two'],
      ['scale', 'server', '3'],
      ['delete', 'all'],
      ['save'],
    ]) {
      const { code, stderr } = await home.pm(args);
      expect({ args, code, stderr }).toEqual({
        args,
        code: 1,
        stderr: expect.stringContaining('no space left'),
      });
    }
    expect(readFileSync(home.stateFile, 'utf8')).toBe(state);
    expect((await home.list()).map(({ id, pid }) => [id, pid])).toEqual(
      before.map(({ id, pid }) => [id, pid]),
    );
    rmSync(`${home.path}/filler`);
    await home.ok(['stop', 'two']);
    expect((await home.view(1)).status).toBe('stopped');
  });

  test('keeps no app from being started again, and a God that dies meanwhile loses no exit', async () => {
    await home.ok(['start', app('server.js')]);
    const { pid } = await home.view(0);
    fill();
    process.kill(pid, 'SIGKILL');
    const second = await until('it is started again', async () => {
      const now = await home.view(0);
      return now.status === 'online' && now.pid !== pid && now;
    });
    process.kill(home.godPid()!, 'SIGKILL');
    await until('the next God tells of that exit too', async () => {
      const now = await home.view(0);
      return now.exits.some((exit) => exit.pid === pid) && now;
    });
    expect(await home.view(0)).toMatchObject({ pid: second.pid, status: 'online' });
  });

  test('leaves God where he is at an update, and is no obstacle to the end of all', async () => {
    await home.ok(['start', app('server.js')]);
    const god = home.godPid();
    fill();
    const { code, stderr } = await home.pm(['update']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no space left') });
    expect(home.godPid()).toBe(god);
    const [shim] = home.shims();
    await home.ok(['kill']);
    expect(isRunning(shim!.process.pid)).toBe(false);
    expect(await home.list()).toEqual([]);
  });

  test('leaves nothing behind when a signal ends God, and what ran is started by the next', async () => {
    await home.ok(['start', app('server.js')]);
    await home.ok(['start', app('idle.js'), '-i', '1']);
    const god = home.godPid()!;
    const pids = [
      ...(await home.list()).map(({ pid }) => pid),
      ...home.shims().map((shim) => shim.process.pid),
    ];
    fill();
    process.kill(god, 'SIGTERM');
    await until('God has ended', () => !isRunning(god));
    expect(pids.filter(isRunning)).toEqual([]);
    rmSync(`${home.path}/filler`);
    expect(await home.untilAll('online')).toHaveLength(2);
  });

  test('that is read-only is named, and the end of all tells that it will be started again', async () => {
    await home.ok(['start', app('server.js')]);
    const [{ pid }] = (await home.list()) as [InstanceView];
    const god = home.godPid()!;
    const shim = home.shims()[0]!.process.pid;
    // The files of running processes are open for writing, so the mount itself cannot be changed.
    execFileSync('mount', ['--bind', home.path, home.path]);
    execFileSync('mount', ['-o', 'remount,bind,ro', home.path]);
    try {
      const kill = await home.pm(['kill']);
      expect(kill).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('the list could not be emptied'),
      });
      expect(isRunning(pid)).toBe(false);
      await until('God is gone', () => !isRunning(god));
      expect(isRunning(shim)).toBe(false);
      const list = await home.pm(['list']);
      expect(list).toMatchObject({ code: 1, stderr: expect.stringContaining('read-only file system') });
      expect(list.stderr).toContain(`Home ${home.path} cannot be used`);
    } finally {
      execFileSync('umount', ['--lazy', home.path]);
    }
  });
});
