import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { processesWith } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { PM } from '../../rig/run';
import { until } from '../../rig/wait';

let home: TestHome;
beforeEach(() => (home = createHome()));
afterEach(() => home.dispose());

/** What it has used of its core, in hundredths of a second. */
const ticksOf = (pid: number): number => {
  const [utime, stime] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13);
  return Number(utime) + Number(stime);
};

describe('a shim', () => {
  test('that cannot write what is wrong goes on in peace', async () => {
    // No JSON on the channel that every program gets: in the shim an exception that nobody catches.
    const script = home.write('rubbish.sh', 'echo rubbish >&3\necho said\nexec sleep 1000\n');
    await home.ok(['start', script, '--interpreter', 'sh'], { env: { PM_LOG_FILE_PATH: '/dev/full' } });
    const said = async (): Promise<boolean> =>
      (await home.ok(['logs', '--nostream', '--raw'])).stdout.includes('said');
    await until('it has said it', said);
    const { pid } = home.shims()[0]!.process;
    const before = ticksOf(pid);
    // That nothing goes on can only be seen by looking for a while; it took the whole core.
    await delay(500);
    expect(ticksOf(pid) - before).toBeLessThan(10);
  });

  test('outlives every signal but those that nobody can', async () => {
    await home.ok(['start', app('idle.js')]);
    const { pid } = await home.view(0);
    const shim = home.shims()[0]!.process.pid;
    // The rest says that the program itself is broken, or stops it.
    const others = /^SIG(KILL|STOP|TSTP|TTIN|TTOU|SEGV|BUS|FPE|ILL|ABRT|IOT|TRAP|SYS|PROF|UNUSED)$/;
    for (const signal of Object.keys(constants.signals) as NodeJS.Signals[])
      if (!others.test(signal)) process.kill(shim, signal);
    // It has to answer.
    await home.ok(['reloadLogs']);
    expect((await home.view(0)).pid).toBe(pid);
    expect(home.shims().map((one) => one.process.pid)).toEqual([shim]);
    expect(home.log()).not.toContain('Debugger');
  });
});

test('a God without descriptors for another shim says so, and lives on', async () => {
  await home.ok(['start', app('idle.js'), '--name', 'first']);
  const god = home.godPid()!;
  const limit = (soft: number): unknown =>
    execFileSync('prlimit', ['--pid', String(god), `--nofile=${soft}:`]);
  const open = readdirSync(`/proc/${god}/fd`).length;
  // How many it needs until it is there is nobody's affair: none of them ends it.
  for (let more = 2; more <= 6; more++) {
    limit(open + more);
    const { code, stderr } = await home.pm(['start', app('idle.js'), '--name', `app-${more}`, '-i', '1']);
    limit(1000);
    expect({ more, code, stderr, god: home.godPid() }).toEqual({
      more,
      code: 1,
      stderr: expect.stringMatching(/EMFILE|too many open files/),
      god,
    });
  }
});

test('nothing that whoever started God had open reaches God, shims or apps', async () => {
  const file = home.write('lock', '');
  const fd = openSync(file, 'w');
  // Node keeps the lower ones from its children.
  const stdio = [...Array<'ignore'>(200).fill('ignore'), fd];
  const args = [PM, 'start', app('idle.js'), '-i', '1'];
  const [code] = await once(spawn(process.execPath, args, { env: home.env, cwd: home.cwd, stdio }), 'exit');
  closeSync(fd);
  expect(code).toBe(0);
  const pids = processesWith(home.path).map(({ pid }) => pid);
  expect(pids.length).toBeGreaterThanOrEqual(3);
  const open = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/fd`).map((name) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${name}`);
      } catch {
        return '';
      }
    }),
  );
  expect(open).not.toContain(file);
});
