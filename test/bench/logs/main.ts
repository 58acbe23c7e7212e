import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createHome, type TestHome } from '../../rig/home';
import { PM } from '../../rig/run';
import { until } from '../../rig/wait';
import { median, tableOf } from '../support/table';

/*
 * The log path: half a million lines by console.log, through pm into a log file, against `node app > file`; then the
 * memory of the shim at 100 MB/s. `npm run bench:logs`; figures in docs/benchmarks.md.
 *
 * Each app measures itself, from its first line until the last one is taken, so that neither the start of Node nor that
 * of pm counts. Ways are taken in turn and compared within a round: what else the machine does hits all of them.
 */

const LINES = 500_000;
const ROUNDS = 7;
/** DESIGN, "Speed and size". */
const SPEED_BOUND = 1.15;
const GROWTH_BOUND_MB = 20;
const FLOOD_MS = 10_000;
const LOOK_EVERY_MS = 200;

const SPEAKER = `const text = 'x'.repeat(90); const t0 = performance.now();
  for (let n = 0; n < ${LINES}; n++) console.log(String(n).padStart(9, '0') + text);
  process.stdout.write('', () => require('node:fs').writeFileSync(process.env.DONE, String(performance.now() - t0)));
  setInterval(() => {}, 1e6);`;
/** 100 MB/s; who is held back catches up. Writes in pieces that a pipe takes at once. */
const FLOOD = `const block = Buffer.from(('x'.repeat(99) + '\\n').repeat(640)); const t0 = performance.now(); let sent = 0;
  const write = () => { while (sent < (performance.now() - t0) * 1e5) {
    sent += block.length; if (!process.stdout.write(block)) return void process.stdout.once('drain', write); }
    setTimeout(write, 2); };
  write();`;

/** Runs the speaker in that way; gives what it has measured. */
async function timed(
  home: TestHome,
  begin: (env: NodeJS.ProcessEnv) => Promise<() => unknown>,
): Promise<number> {
  const done = join(home.cwd, 'done');
  rmSync(done, { force: true });
  const end = await begin({ DONE: done });
  const ms = await until('the last line is taken', () => Number(readFileSync(done, 'utf8')) || false, {
    deadlineMs: 120_000,
  });
  await end();
  return ms;
}

const direct = (home: TestHome): Promise<number> =>
  timed(home, async (env) => {
    const fd = openSync(join(home.cwd, 'direct.log'), 'w');
    const child = spawn(process.execPath, [join(home.cwd, 'speaker.js')], {
      env: { ...home.env, ...env },
      stdio: ['ignore', fd, fd],
    });
    closeSync(fd);
    return () => child.kill('SIGKILL');
  });

const throughPm = (home: TestHome, options: readonly string[]): Promise<number> =>
  timed(home, async (env) => {
    await home.ok(['start', 'speaker.js', '--name', 'speaker', ...options], { env });
    return async () => {
      await home.ok(['delete', 'speaker']);
      for (const stream of ['out', 'error'])
        rmSync(join(home.logsDir, `speaker-${stream}.log`), { force: true });
    };
  });

async function speed(home: TestHome, rows: string[][]): Promise<boolean> {
  const ways: readonly (readonly [string, readonly string[]])[] = [
    ['pm, default', []],
    ['pm, --time', ['--time']],
    ['pm, --log-type json', ['--log-type', 'json']],
  ];
  const rounds: { bare: number; pm: number[] }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bare = await direct(home);
    const pm: number[] = [];
    for (const [, options] of ways) pm.push(await throughPm(home, options));
    rounds.push({ bare, pm });
  }
  const ms = (values: readonly number[]): string => `${Math.round(median(values))} ms`;
  const ratios = ways.map((_, at) => median(rounds.map(({ bare, pm }) => (pm[at] ?? NaN) / bare)));
  rows.push(['node app > file', ms(rounds.map(({ bare }) => bare)), '', '']);
  for (const [at, [name]] of ways.entries()) {
    const bound = at === 0 ? `≤ ${SPEED_BOUND}` : '';
    rows.push([name, ms(rounds.map(({ pm }) => pm[at] ?? NaN)), (ratios[at] ?? NaN).toFixed(2), bound]);
  }
  return (ratios[0] ?? NaN) <= SPEED_BOUND;
}

/** What is the shim's alone: shared pages of Node's binary do not count. */
function shimMemoryMb(home: TestHome): number {
  const shim = home.shims().find(({ id }) => id === 'fork');
  const status = readFileSync(`/proc/${shim?.process.pid ?? 0}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** The most that the shim grows by, in MB, while the flood goes through it; and how much has come through. */
async function growth(home: TestHome, options: readonly string[]): Promise<{ mb: number; said: string }> {
  await home.ok(['start', 'idle.js', '--disable-logs']);
  const idle = shimMemoryMb(home);
  await home.ok(['start', 'flood.js', '--name', 'flood', '--log-keep', '2', ...options]);
  const endTick = performance.now() + FLOOD_MS;
  let most = idle;
  while (performance.now() < endTick) {
    await delay(LOOK_EVERY_MS);
    most = Math.max(most, shimMemoryMb(home));
  }
  const status = (await home.list()).find(({ name }) => name === 'flood')?.status ?? 'gone';
  // A fresh shim for the next: what V8 has once taken it gives back when it likes.
  await home.ok(['kill']);
  return { mb: most - idle, said: status };
}

async function memory(home: TestHome, rows: string[][]): Promise<boolean> {
  const disk = join(home.cwd, 'disk');
  mkdirSync(disk);
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]).status === 0;
  const full = ['--output', join(disk, 'out.log'), '--log-max-size', '0'];
  const results: { mb: number; said: string }[] = [];
  const note = (name: string, result: { mb: number; said: string }): void => {
    results.push(result);
    rows.push([name, `${result.mb.toFixed(1)} MB`, result.said, `≤ ${GROWTH_BOUND_MB} MB`]);
  };
  try {
    note('shim at 100 MB/s, above idle', await growth(home, []));
    if (isMounted) {
      note('… the disk full (tmpfs of 4 MB)', await growth(home, full));
      if (statSync(join(disk, 'out.log')).size < 3e6) throw new Error('the disk was not full');
    } else rows.push(['… the disk full', 'not measured: mount needs root', '', '']);
    const reader = spawn(process.execPath, [PM, 'logs'], {
      env: home.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((told) => reader.stdout.once('data', told));
    reader.kill('SIGSTOP');
    try {
      note('… with a stopped reader', await growth(home, []));
    } finally {
      reader.kill('SIGKILL');
    }
  } finally {
    if (isMounted) spawnSync('umount', [disk]);
  }
  return results.every(({ mb, said }) => mb <= GROWTH_BOUND_MB && said === 'online');
}

async function main(): Promise<boolean> {
  const home = createHome();
  try {
    home.write('speaker.js', SPEAKER);
    home.write('flood.js', FLOOD);
    home.write('idle.js', 'setInterval(() => {}, 1e6)');
    const rows = [['what', '', '', 'bound']];
    const isFast = await speed(home, rows);
    await home.ok(['kill']);
    const isFlat = await memory(home, rows);
    console.log(tableOf(rows));
    return isFast && isFlat;
  } finally {
    await home.dispose();
  }
}

void main().then((isWithinBound) => process.exit(isWithinBound ? 0 : 1));
