import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, userInfo } from 'node:os';
import {
  bootId,
  bornWith,
  commandLineOf,
  cpuCount,
  identify,
  isAlive,
  lookupGroup,
  lookupUser,
  readProcessFacts,
  signalProcess,
  treeOf,
} from '../../../src/platform';
import { until } from '../../rig/wait';

describe('processes', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  const sh = (script: string, detached = false): ChildProcess => {
    const child = spawn('bash', ['-c', script], { stdio: 'ignore', detached });
    children.push(child);
    return child;
  };
  const ended = (child: ChildProcess): Promise<unknown> =>
    new Promise((resolve) => child.once('exit', resolve));

  test('are told apart by pid and start', async () => {
    const child = sh('sleep 100');
    const identity = identify(child.pid!)!;
    expect(identity.pid).toBe(child.pid);
    expect(isAlive(identity)).toBe(true);
    // What a reused pid looks like.
    expect(isAlive({ ...identity, startTicks: identity.startTicks - 1 })).toBe(false);
    expect(signalProcess({ ...identity, startTicks: identity.startTicks - 1 }, 'SIGKILL')).toBe(false);
    expect(isAlive(identity)).toBe(true);
    const end = ended(child);
    expect(signalProcess(identity, 'SIGKILL')).toBe(true);
    await end;
    expect(isAlive(identity)).toBe(false);
    expect(signalProcess(identity, 'SIGKILL')).toBe(false);
  });

  test('that never were, or are no process', () => {
    for (const pid of [0, -1, 2 ** 22 + 1]) expect(identify(pid)).toBeNull();
  });

  test('that are dead but not reaped do not live', async () => {
    // What was bash does not reap: it is sleep by the time its child ends.
    const child = sh('sleep 0.3 & exec sleep 100');
    const zombie = await until('a zombie', () => {
      const pids = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
        .trim()
        .split(' ')
        .map(Number);
      return pids.find((pid) => readProcessFacts(pid)?.state === 'Z');
    });
    expect(identify(zombie)).toBeNull();
  });

  test('whose name is made to confuse are read right', async () => {
    const child = spawn(
      process.execPath,
      ['-e', 'process.title = ") R 1 1 (x"; setInterval(() => {}, 1e6)'],
      { stdio: 'ignore' },
    );
    children.push(child);
    await until('the title', () => readFileSync(`/proc/${child.pid}/stat`, 'latin1').includes('R 1 1'));
    expect(readProcessFacts(child.pid!)).toMatchObject({ pid: child.pid, parentPid: process.pid });
  });

  test('form a tree: descendants, deepest first, and the orphans of the group', async () => {
    // The second bash ends at once, so that its sleep is nobody's child any more.
    const child = sh('bash -c "sleep 101 & wait" & bash -c "sleep 102 & exit" & wait', true);
    const root = await until('all of it', () => {
      const identity = identify(child.pid!);
      return identity !== null && treeOf(identity).length >= 4 && identity;
    });
    const tree = await until('the orphan', () => {
      const now = treeOf(root);
      return now.filter(({ pid }) => commandLineOf(pid).startsWith('sleep')).length === 2 && now;
    });
    expect(tree.at(-1)).toEqual(root);
    const depth = (pid: number): number =>
      pid === root.pid ? 0 : 1 + depth(readProcessFacts(pid)!.parentPid);
    const inner = tree.find(({ pid }) => commandLineOf(pid) === 'sleep 101')!;
    expect(depth(inner.pid)).toBe(2);
    expect(tree.indexOf(inner)).toBeLessThan(
      tree.findIndex(({ pid }) => pid === readProcessFacts(inner.pid)!.parentPid),
    );
    for (const one of tree) signalProcess(one, 'SIGKILL');
    await until('none is left', () => !tree.some(isAlive));
  });

  test('are found by the variables that they were born with, without what they have started', async () => {
    const mark = `pm-test-${process.pid}`;
    const env = { ...process.env, PM_MARK: '7', PM_TEST: mark };
    const script = 'sleep 100 & sleep 100';
    const child = spawn('bash', ['-c', script], { stdio: 'ignore', env, detached: true });
    const { pid } = child;
    try {
      const root = identify(pid!)!;
      await until('its children', () => treeOf(root).length === 3);
      expect(bornWith('PM_MARK', [`PM_TEST=${mark}`])).toMatchObject([{ pid, mark: '7' }]);
      expect(bornWith('PM_MARK', ['PM_TEST=another'])).toEqual([]);
      expect(bornWith('PM_NO_MARK', [`PM_TEST=${mark}`])).toEqual([]);
    } finally {
      process.kill(-pid!, 'SIGKILL');
    }
  });

  test('a tree of a pid that was reused is empty of it', () => {
    const child = sh('sleep 100');
    const identity = identify(child.pid!)!;
    expect(treeOf(identity)).toEqual([identity]);
    expect(treeOf({ ...identity, startTicks: 1 })).toEqual([]);
  });
});

describe('the machine', () => {
  test('has a boot id that stays', () => {
    expect(bootId()).toMatch(/^[0-9a-f-]{36}$/);
    expect(bootId()).toBe(bootId());
  });

  test('has CPUs: no more than Node may use, at least one', () => {
    expect(cpuCount()).toBeGreaterThanOrEqual(1);
    expect(cpuCount()).toBeLessThanOrEqual(availableParallelism());
    expect(Number.isInteger(cpuCount())).toBe(true);
  });

  test('has users and groups, by name and by number', () => {
    const { username, uid, gid, homedir } = userInfo();
    expect(lookupUser(username)).toEqual({ uid, gid, name: username, home: homedir });
    expect(lookupUser(uid)?.name).toBe(username);
    expect(lookupUser(String(uid))?.name).toBe(username);
    expect(lookupGroup(gid)).toBe(gid);
    const group = spawnSync('id', ['-gn'], { encoding: 'utf8' }).stdout.trim();
    expect(lookupGroup(group)).toBe(gid);
    expect([
      lookupUser('no such user'),
      lookupUser(4_000_000),
      lookupGroup('no such group'),
      lookupUser(''),
    ]).toEqual([null, null, null, null]);
  });
});
