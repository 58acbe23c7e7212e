import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isRunning } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { openPuppets } from '../../rig/puppets';
import { until } from '../../rig/wait';

const PM = resolve(__dirname, '../../../bin/pm');
const MODES = [
  ['fork', { exec_mode: 'fork' }],
  ['cluster', { exec_mode: 'cluster' }],
] as const;

/** Root, with cgroup v1. */
function canMakeGroup(path: string, file: string): boolean {
  try {
    mkdirSync(path);
    const has = existsSync(`${path}/${file}`);
    rmdirSync(path);
    return has;
  } catch {
    return false;
  }
}

/** Attributes that decide how an app lives, in both modes where both apply. */
describe('attributes', () => {
  let home: TestHome;
  beforeAll(() => {
    home = createHome();
    home.write('esm/app.mjs', witnessOf('import { appendFileSync } from "node:fs";'));
    home.write('typed/package.json', '{"type":"module"}');
    home.write('typed/app.js', witnessOf('import { appendFileSync } from "node:fs";'));
    home.write('lives.js', witnessOf('const { appendFileSync } = require("node:fs");'));
    home.write('dies.js', `${witnessOf('const { appendFileSync } = require("node:fs");')} process.exit(7);`);
  });
  afterAll(() => home.dispose());
  afterEach(() => home.pm(['delete', 'all']));

  /** One line per life: what it was given. */
  const witnessOf = (imports: string): string => `${imports}
    const fact = { env: process.env, args: process.argv.slice(2), atMs: Date.now() };
    appendFileSync(process.env.SEEN, JSON.stringify(fact) + '\\n');
    process.getBuiltinModule('node:http').createServer().listen(0);`;

  interface Life {
    readonly env: Readonly<Record<string, string>>;
    readonly args: readonly string[];
    readonly atMs: number;
  }
  let count = 0;
  /** Starts one app of that kind; `lives` reads what its processes have written. */
  const start = async (
    attributes: object,
    words: string[] = [],
  ): Promise<{ name: string; lives: () => Life[] }> => {
    const name = `a${++count}`;
    const seen = `${home.cwd}/${name}.seen`;
    const env = { SEEN: seen, ...(attributes as { env?: object }).env };
    const spec = { name, script: 'lives.js', min_uptime: 100, ...attributes, env };
    await home.ok(['start', home.write(`${name}.json`, JSON.stringify({ apps: [spec] })), ...words]);
    const lives = (): Life[] =>
      existsSync(seen)
        ? readFileSync(seen, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Life)
        : [];
    return { name, lives };
  };

  describe.each(MODES)('in %s mode', (mode, how) => {
    test('namespace: the app knows it, and a command takes it', async () => {
      const { lives } = await start({ ...how, namespace: 'back' });
      await start({ ...how, namespace: 'front' });
      expect(lives()[0]!.env['namespace']).toBe('back');
      await home.ok(['stop', 'back']);
      expect((await home.list()).map(({ namespace, status }) => `${namespace} ${status}`)).toEqual([
        'back stopped',
        'front online',
      ]);
    });

    test('args as a list are taken word by word, numbers too', async () => {
      const { lives } = await start({ ...how, args: ['--port', 3000, 'two words', ''] });
      expect(lives()[0]!.args).toEqual(['--port', '3000', 'two words', '']);
    });

    test('port sets PORT', async () => {
      const { lives } = await start({ ...how, port: 4711, env: { PORT: '1' } });
      expect(lives()[0]!.env['PORT']).toBe('4711');
    });

    test.each(['esm/app.mjs', 'typed/app.js'])('an ES module runs: %s', async (script) => {
      const { lives } = await start({ ...how, script });
      expect(lives()).toHaveLength(1);
      expect((await home.list())[0]).toMatchObject({ mode, status: 'online' });
    });

    test('exec_mode is told to the app as PM2 spells it', async () => {
      const { lives } = await start({ exec_mode: `${mode}_mode`, instances: 2 });
      expect(lives().map(({ env }) => env['exec_mode'])).toEqual([`${mode}_mode`, `${mode}_mode`]);
    });

    test('env_<name> lies over env, with --env', async () => {
      const given = { ...how, env: { A: '1', B: '1' }, env_staging: { B: '2' } };
      expect((await start(given)).lives()[0]!.env).toMatchObject({ A: '1', B: '1' });
      expect((await start(given, ['--env', 'staging'])).lives()[0]!.env).toMatchObject({ A: '1', B: '2' });
    });

    test('autostart: false waits for a start', async () => {
      const { name, lives } = await start({ ...how, autostart: false });
      expect((await home.list())[0]).toMatchObject({ status: 'stopped', pid: 0 });
      expect(lives()).toEqual([]);
      await home.ok(['start', name]);
      expect(lives()).toHaveLength(1);
    });

    test.each([
      ['autorestart: false', { autorestart: false }],
      ['stop_exit_codes', { stop_exit_codes: [3, 7] }],
    ])('%s: what has ended stays so', async (_title, attributes) => {
      const { lives } = await start({ ...how, script: 'dies.js', ...attributes });
      await home.untilAll('stopped');
      expect(lives()).toHaveLength(1);
      expect((await home.list())[0]).toMatchObject({ restarts: 0, exits: [{ code: 7 }] });
    });

    test('max_restarts: so many quick exits, then errored', async () => {
      const { lives } = await start({ ...how, script: 'dies.js', min_uptime: 5000, max_restarts: 3 });
      await home.untilAll('errored');
      expect(lives()).toHaveLength(3);
    });

    test('min_uptime: an end after it is no quick exit, and counts for no limit', async () => {
      const puppets = await openPuppets(home);
      await start({ ...how, script: puppets.script, min_uptime: 100, max_restarts: 1, env: puppets.env });
      for (let life = 0; life < 3; life++) {
        const puppet = await puppets.next();
        await home.untilAll('online');
        await puppet.tell('exit', 1);
      }
      await puppets.next();
      await home.untilAll('online');
      expect((await home.list())[0]).toMatchObject({ restarts: 3, unstableRestarts: 0 });
      await home.ok(['delete', 'all']);
      await puppets.close();
    });

    test('restart_delay is waited before each start', async () => {
      const { lives } = await start({ ...how, script: 'dies.js', restart_delay: 700 });
      await until('a third life', () => lives().length >= 3);
      const [first, second, third] = lives().map(({ atMs }) => atMs);
      expect(second! - first!).toBeGreaterThanOrEqual(700);
      expect(third! - second!).toBeGreaterThanOrEqual(700);
    });

    test('exp_backoff_restart_delay grows by half each time', async () => {
      await start({ ...how, script: 'dies.js', exp_backoff_restart_delay: 100 });
      const decisions = await until('three ends', async () => {
        const { exits } = (await home.list())[0]!;
        return exits.length >= 3 && exits.map(({ decision }) => decision);
      });
      const waits = decisions.map((decision) => Number(/restart in (\d+) ms/.exec(decision)?.[1]));
      expect(waits.slice(0, 3)).toEqual([100, 150, 225]);
    });

    test('wait_ready with listen_timeout: who stays silent is not online, and says so', async () => {
      const name = `silent-${mode}`;
      const spec = { ...how, name, script: app('ready-app.js'), wait_ready: true, listen_timeout: 300 };
      const file = home.write(`${name}.json`, JSON.stringify({ apps: [spec] }));
      const { stdout, stderr } = await home.ok(['start', file]);
      expect(stdout + stderr).toMatch(/Not proven yet: silent-.*ready/);
      expect((await home.list())[0]).toMatchObject({ status: 'launching', exits: [] });
    });

    test('treekill: false leaves the children alone', async () => {
      const puppets = await openPuppets(home);
      const kill = { treekill: false, kill_timeout: 300, drain_timeout: 100 };
      const { name } = await start({ ...how, ...kill, script: puppets.script, env: puppets.env });
      const puppet = await puppets.next();
      const child = await puppet.tell('spawn', 'detached');
      await home.ok(['stop', name]);
      expect([puppet.pid, child].filter(isRunning)).toEqual([child]);
      process.kill(child, 'SIGKILL');
      await until('the child is gone', () => !isRunning(child));
      await puppets.close();
    });

    test('time, and merge_logs: every line of both instances is stamped, in one file', async () => {
      const script = 'says.js';
      home.write(script, `console.log('one\\ntwo'); setInterval(() => {}, 1e6)`);
      const { name } = await start({ ...how, script, instances: 2, time: true, merge_logs: true });
      const lines = await until('all four', () => {
        const found = readFileSync(`${home.logsDir}/${name}-out.log`, 'utf8').trim().split('\n');
        return found.length === 4 && found;
      });
      for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d: (one|two)$/);
    });

    const asRoot = process.getuid?.() === 0 ? test : test.skip;
    asRoot('gid, and user as another word for uid', async () => {
      const seen = `${home.cwd}/ids-${mode}`;
      home.write(
        'ids.js',
        `console.log(process.getuid() + ' ' + process.getgid()); setInterval(() => {}, 1e6)`,
      );
      const group = spawnSync('id', ['-g', 'daemon'], { encoding: 'utf8' }).stdout.trim();
      const user = spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout.trim();
      spawnSync('chmod', ['755', resolve(home.cwd, '..'), home.cwd]);
      await start({
        ...how,
        script: 'ids.js',
        user: 'nobody',
        gid: 'daemon',
        out_file: seen,
        merge_logs: true,
      });
      expect(await until('it has said', () => existsSync(seen) && readFileSync(seen, 'utf8').trim())).toBe(
        `${user} ${group}`,
      );
    });
  });

  /** `pm` as a child of a shell line that limits it. */
  const limited = (line: string, words: readonly string[]): Promise<number | null> =>
    new Promise((done) => {
      const child = spawn('sh', ['-c', `${line} exec "$0" "$@"`, process.execPath, PM, ...words], {
        env: home.env,
        cwd: home.cwd,
        stdio: 'ignore',
      });
      child.once('close', done);
    });
  const instancesOf = async (name: string): Promise<number> =>
    (await home.list()).filter((view) => view.name === name).length;

  const withTaskset = spawnSync('taskset', ['-p', '1']).status === 0 ? test : test.skip;
  withTaskset('instances counts the CPUs that the caller may use: max, 0, negative', async () => {
    const cpus = Number(spawnSync('nproc', { encoding: 'utf8' }).stdout);
    for (const given of ['max', '0'])
      await home.ok(['start', 'lives.js', '-x', '-i', given, '--name', `all-${given}`], {
        env: { SEEN: 'x' },
      });
    await home.ok(['start', 'lives.js', '-x', '-i', '-1', '--name', 'less'], { env: { SEEN: 'x' } });
    const bound = ['start', 'lives.js', '-x', '-i', 'max', '--name', 'bound'];
    expect(await limited('SEEN=x; export SEEN; taskset -pc 0 $$ >/dev/null;', bound)).toBe(0);
    expect([
      await instancesOf('all-max'),
      await instancesOf('all-0'),
      await instancesOf('less'),
      await instancesOf('bound'),
    ]).toEqual([cpus, cpus, Math.max(1, cpus - 1), 1]);
  });

  const CPU_GROUP = `/sys/fs/cgroup/cpu/pm-test-${process.pid}`;
  (canMakeGroup(CPU_GROUP, 'cpu.cfs_quota_us') ? test : test.skip)(
    'instances: max keeps to the quota of the cgroup',
    async () => {
      mkdirSync(CPU_GROUP);
      writeFileSync(`${CPU_GROUP}/cpu.cfs_quota_us`, '100000');
      const words = ['start', 'lives.js', '-x', '-i', 'max', '--name', 'quota'];
      // Only the CLI counts; God, started before, stays outside.
      await home.ok(['ping']);
      expect(await limited(`SEEN=x; export SEEN; echo $$ > ${CPU_GROUP}/cgroup.procs;`, words)).toBe(0);
      expect(await instancesOf('quota')).toBe(1);
      await until('the group is empty', () => {
        rmdirSync(CPU_GROUP);
        return true;
      });
    },
  );

  const FREEZER = `/sys/fs/cgroup/freezer/pm-test-${process.pid}`;
  // Nothing else that a test can make is deaf to SIGKILL; only the freezer of cgroup v1 is.
  (canMakeGroup(FREEZER, 'freezer.state') ? test : test.skip)(
    'what even SIGKILL cannot end is reported with its pid',
    async () => {
      mkdirSync(FREEZER);
      const puppets = await openPuppets(home);
      const { name } = await start({ script: puppets.script, kill_timeout: 300, env: puppets.env });
      const child = await (await puppets.next()).tell('spawn', 'detached');
      writeFileSync(`${FREEZER}/cgroup.procs`, `${child}`);
      writeFileSync(`${FREEZER}/freezer.state`, 'FROZEN');
      const { stdout } = await home.ok(['stop', name]);
      const words = `still running and not to be ended: pid ${child}`;
      expect(stdout).toContain(words);
      expect((await home.list())[0]).toMatchObject({ status: 'stopped', pid: 0 });
      expect((await home.list())[0]!.reason).toContain(words);
      expect(home.log()).toContain(words);
      writeFileSync(`${FREEZER}/freezer.state`, 'THAWED');
      await until('it is gone', () => !isRunning(child));
      await until('the group is empty', () => {
        rmdirSync(FREEZER);
        return true;
      });
      await puppets.close();
    },
  );

  test('cron_timezone: the hours of the pattern are those of that zone', async () => {
    const hourIn = (timeZone: string): number =>
      Number(new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone }).format());
    // Any second of this hour and the next, as told in Tokyo; in Honolulu, 19 hours behind, it is another.
    const pattern = `* * ${hourIn('Asia/Tokyo')},${(hourIn('Asia/Tokyo') + 1) % 24} * * *`;
    const here = await start({ cron_restart: pattern, cron_timezone: 'Asia/Tokyo' });
    const there = await start({ cron_restart: pattern, cron_timezone: 'Pacific/Honolulu' });
    await until('a restart by the clock of Tokyo', () => here.lives().length >= 3);
    expect(there.lives()).toHaveLength(1);
  });

  const canUnshare =
    spawnSync('unshare', ['-Ur', 'sh', '-c', 'echo 9 > /proc/sys/user/max_inotify_watches']).status === 0;
  (canUnshare ? test : test.skip)(
    'watch at the limit of inotify: the app runs, and is told why not watched',
    async () => {
      for (let n = 0; n < 20; n++) mkdirSync(`${home.cwd}/many/d${n}`, { recursive: true });
      home.write('many/app.js', 'setInterval(() => {}, 1e6)');
      const other = createHome();
      const line = `unshare -Ur sh -c 'echo 5 > /proc/sys/user/max_inotify_watches; exec "$0" "$@"' "$0" "$@"; exit;`;
      const child = spawn('sh', ['-c', line, process.execPath, PM, 'start', 'app.js', '--watch'], {
        env: other.env,
        cwd: `${home.cwd}/many`,
        stdio: 'ignore',
      });
      await new Promise((ended) => child.once('close', ended));
      await until('it is told', () => other.log().includes('the limit of watches is reached'));
      const [view] = await other.list();
      expect(view).toMatchObject({ status: 'online', watching: false });
      expect((await other.ok(['describe', 'app'])).stdout).toMatch(/fs\.inotify\.max_user_watches/);
      await other.dispose();
    },
  );

  test('restart --x=null sets an attribute back, with a default or without', async () => {
    const { name } = await start({ max_memory_restart: '1G', kill_timeout: 900, log_date_format: 'HH' });
    const settings = async (): Promise<string> => (await home.ok(['describe', name])).stdout;
    expect(await settings()).toMatch(/max memory restart[^]*log_date_format|log_date_format[^]*max memory/);
    await home.ok([
      'restart',
      name,
      '--max-memory-restart=null',
      '--kill-timeout=null',
      '--log-date-format=null',
    ]);
    expect(await settings()).not.toMatch(/max memory restart|log_date_format|kill_timeout/);
  });
});
