import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { userInfo } from 'node:os';
import type { WhyRecord } from '../../../src/cli/render/why';
import { app, createHome, type TestHome } from '../../rig/home';
import { openPuppets } from '../../rig/puppets';
import { until } from '../../rig/wait';

const PM = resolve(__dirname, '../../../bin/pm');
const ME = userInfo().username;

describe('pm why', () => {
  let home: TestHome;
  beforeAll(() => {
    home = createHome();
  });
  afterAll(() => home.dispose());
  afterEach(async () => {
    await home.pm(['delete', 'all']);
  });

  const file = (name: string, attributes: object): string =>
    home.write(`${name}.json`, JSON.stringify({ apps: [{ name, min_uptime: 100, ...attributes }] }));
  const records = async (name: string): Promise<WhyRecord[]> =>
    JSON.parse((await home.ok(['why', name, '--json'])).stdout) as WhyRecord[];
  /** The newest end, as soon as there is one with that cause. */
  const ended = (name: string, cause: string) =>
    until(
      `${name} has ended: ${cause}`,
      async () => {
        const [record] = await records(name);
        const exit = record?.exits.find((one) => one.cause === cause);
        return exit === undefined ? null : { record: record!, exit };
      },
      { deadlineMs: 20_000 },
    );

  test('a crash: its code, its last words, the back-off, in every view of it', async () => {
    await home.ok(['start', file('crasher', { script: app('crash-at-once.js'), restart_delay: 60_000 })]);
    const { record, exit } = await ended('crasher', 'crash');
    expect(exit).toMatchObject({ code: 1, signal: null, words: 'it crashed with exit code 1' });
    expect(exit.stderrTail).toEqual(['cannot find the database']);
    expect(exit.decision).toBe('restart in 1 min (restart_delay)');
    expect(record.status).toBe('waiting restart');
    expect(record.next).toMatch(/^back-off until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(in \d/);
    const { stdout } = await home.ok(['why', 'crasher']);
    expect(stdout).toContain('crash: it crashed with exit code 1');
    expect(stdout).toContain('| cannot find the database');
    expect(stdout).toContain('next: back-off until');
    expect((await home.ok(['describe', 'crasher'])).stdout).toContain('it crashed with exit code 1');
    expect((await home.list())[0]!.exits[0]).toMatchObject({ words: 'it crashed with exit code 1' });
    expect(home.log()).toMatch(
      /crasher#\d+ exited with code 1 \(pid \d+, crash: it crashed with exit code 1\): restart in 1 min/,
    );
    expect((await home.ok(['list'])).stdout).toMatch(/waiting .*│ crash │/);
  });

  test('a limit that is reached', async () => {
    await home.ok(['start', file('loop', { script: app('crash-at-once.js'), max_restarts: 2 })]);
    await home.untilAll('errored', 'loop');
    const [record] = await records('loop');
    expect(record!.exits[0]!.decision).toMatch(/^limit: 2 quick exits in a row/);
    expect(record!.next).toBe('nothing by itself, its limit is reached; `pm restart loop` tries again');
    expect((await home.ok(['list'])).stdout).toMatch(/errored.*│ crash │/);
  });

  test('a signal that pm did not send', async () => {
    await home.ok(['start', file('victim', { script: app('idle.js') })]);
    process.kill((await home.list())[0]!.pid, 'SIGKILL');
    const { exit } = await ended('victim', 'signal');
    expect(exit).toMatchObject({ signal: 'SIGKILL', words: 'SIGKILL ended it; pm did not send it' });
  });

  test('the heap limit of V8, told by what Node says before it aborts', async () => {
    await home.ok([
      'start',
      file('heap', {
        script: app('hog.js'),
        node_args: '--max-old-space-size=30',
        env: { HOG: 'heap' },
        restart_delay: 60_000,
      }),
    ]);
    const { exit } = await ended('heap', 'heap limit');
    expect(exit.words).toContain('--max-old-space-size');
    expect(exit.stderrTail.join('\n')).toMatch(/FATAL ERROR: .*heap/);
    expect((await home.ok(['list'])).stdout).toMatch(/│ heap │/);
  });

  test.each([
    ['stop', 'stop', 'it was stopped'],
    ['restart', 'restart', 'it was restarted'],
  ])('a command (%s), with the user who gave it', async (command, cause, words) => {
    await home.ok(['start', file('asked', { script: app('idle.js') })]);
    await home.ok([command, 'asked']);
    const { exit } = await ended('asked', cause);
    expect(exit.words).toBe(`${words} by command of ${ME}`);
    // Who became root by sudo is still who he was.
    await home.ok(['restart', 'asked'], { env: { SUDO_USER: 'ada' } });
    if (command === 'restart') {
      await until(
        'the other user is named',
        async () => (await records('asked'))[0]!.exits[0]!.words === `${words} by command of ada`,
      );
    }
  });

  test('a reload', async () => {
    home.write('server.js', `require('node:http').createServer((_, r) => r.end()).listen(0)`);
    await home.ok(['start', file('web', { script: 'server.js', instances: 1, exec_mode: 'cluster' })]);
    await home.ok(['reload', 'web']);
    const { exit } = await ended('web', 'reload');
    expect(exit.words).toBe(`it was replaced in a reload by command of ${ME}`);
  });

  test('the patience of a stop that came to its end', async () => {
    await home.ok(['start', file('stubborn', { script: app('ignores-sigint.js'), kill_timeout: 300 })]);
    await home.ok(['stop', 'stubborn']);
    const { exit } = await ended('stubborn', 'stop');
    expect(exit).toMatchObject({ signal: 'SIGKILL' });
    expect(exit.words).toContain('it did not end within kill_timeout (300 ms) and was killed');
  });

  test('readiness that a candidate never showed', async () => {
    const script = home.write(
      'mute.js',
      `require('node:http').createServer().listen(0);
      if (process.env.MUTE !== '1') process.send('ready');`,
    );
    const settings = { script, exec_mode: 'cluster', instances: 1, wait_ready: true, listen_timeout: 300 };
    await home.ok(['start', file('mute', settings)]);
    await home.pm(['reload', 'mute', '--update-env'], { env: { MUTE: '1' } });
    const { exit } = await ended('mute', 'not ready');
    expect(exit.words).toMatch(/^it was not ready in time: /);
  });

  test('a program that cannot be started', async () => {
    const script = home.write('gone.sh', '#!/nowhere/sh\n', 0o755);
    await home.pm(['start', file('gone', { script, interpreter: 'none', restart_delay: 60_000 })]);
    const { exit } = await ended('gone', 'spawn failed');
    expect(exit.words).toMatch(/^it could not be started: spawn .*ENOENT/);
  });

  test.each(['fork', 'cluster'])('a folder that is gone, named as what is missing (%s)', async (mode) => {
    const folder = join(home.cwd, 'short-lived');
    mkdirSync(folder);
    await home.ok([
      'start',
      file('homeless', { script: app('idle.js'), exec_mode: mode, cwd: folder, restart_delay: 60_000 }),
    ]);
    rmdirSync(folder);
    const { code, stderr } = await home.pm(['restart', 'homeless']);
    expect(stderr).toContain(`could not be started: its folder ${folder} is gone (cwd)`);
    expect(code).toBe(1);
    const { exit } = await ended('homeless', 'spawn failed');
    expect(exit.words).toContain(`its folder ${folder} is gone (cwd)`);
  });

  test('a memory limit', async () => {
    await home.ok([
      'start',
      file('fat', { script: app('hog.js'), max_memory_restart: '150M', restart_delay: 60_000 }),
    ]);
    const { exit } = await ended('fat', 'memory limit');
    expect(exit.words).toMatch(/^pm renewed it: memory limit: [\d.]+ MB of 150\.0 MB/);
  });

  test('a file that has changed', async () => {
    const folder = join(home.cwd, 'watched');
    mkdirSync(folder, { recursive: true });
    const script = home.write('watched/app.js', 'setInterval(() => {}, 1e6)\n');
    await home.ok(['start', file('watcher', { script, cwd: folder, watch: true })]);
    await until(
      'the change is seen',
      async () => {
        appendFileSync(script, '// changed\n');
        return (await records('watcher'))[0]!.exits.some(({ cause }) => cause === 'watch');
      },
      { deadlineMs: 20_000 },
    );
    const { exit } = await ended('watcher', 'watch');
    expect(exit.words).toMatch(/^pm renewed it: /);
  });

  test('the clock', async () => {
    await home.ok(['start', file('clock', { script: app('idle.js'), cron_restart: '* * * * * *' })]);
    const { exit } = await ended('clock', 'cron');
    expect(exit.words).toBe('pm renewed it: cron_restart * * * * * *');
  });

  test('says so of an app that is not there', async () => {
    const { code, stderr } = await home.pm(['why', 'nosuch']);
    expect(code).toBe(1);
    expect(stderr).toContain("nosuch doesn't exist");
  });

  test('survives God: what was known before is known after', async () => {
    const puppets = await openPuppets(home);
    await home.ok(['start', puppets.script, '-n', 'p'], { env: puppets.env });
    await (await puppets.next()).tell('exit', 3);
    const before = await ended('p', 'crash');
    const god = home.godPid()!;
    process.kill(god, 'SIGKILL');
    await until('another God', () => (home.godPid() ?? god) !== god);
    expect((await ended('p', 'crash')).exit).toEqual(before.exit);
    await home.ok(['delete', 'p']);
    await puppets.close();
  });
});

const GROUP = `/sys/fs/cgroup/memory/pm-test-${process.pid}`;

/** A memory cgroup of our own (v1, root); false: this machine gives none. */
function makeGroup(limitBytes: number): boolean {
  try {
    mkdirSync(GROUP);
    writeFileSync(join(GROUP, 'memory.limit_in_bytes'), `${limitBytes}`);
    return existsSync(join(GROUP, 'memory.oom_control'));
  } catch {
    return false;
  }
}

const hasGroup = makeGroup(400e6);

(hasGroup ? describe : describe.skip)('pm why, in a cgroup with 400 MB', () => {
  afterAll(async () => {
    await until('the group is empty', () => {
      rmdirSync(GROUP);
      return true;
    });
  });

  test('names the kernel, by the counter of the cgroup', async () => {
    const home = createHome();
    try {
      const config = { apps: [{ name: 'oom', script: app('hog.js'), restart_delay: 60_000 }] };
      home.write('e.json', JSON.stringify(config));
      // God, shim and app inherit the group of the shell.
      const line = `echo $$ > ${GROUP}/cgroup.procs && exec "$0" "$@"`;
      const started = spawn('sh', ['-c', line, process.execPath, PM, 'start', 'e.json'], {
        env: home.env,
        cwd: home.cwd,
        stdio: 'ignore',
      });
      await new Promise((done) => started.once('close', done));
      const view = await until('the kernel has killed it', async () => {
        const [one] = await home.list();
        return one?.exits.length ? one : null;
      });
      expect(view.exits[0]).toMatchObject({
        cause: 'oom',
        signal: 'SIGKILL',
        words: 'the kernel killed it: its cgroup was out of memory (oom_kill counter)',
      });
      expect((await home.ok(['list'])).stdout).toMatch(/│ oom │/);
    } finally {
      await home.dispose();
    }
  });
});
