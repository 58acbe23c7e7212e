import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { app, createHome, type TestHome } from '../rig/home';
import { median, tableOf } from './support/table';

/*
 * Fifty apps: what God and its shims take while nothing happens, and how long fifty instances take to be online against
 * a bare spawn loop, in turn and in one run. `npm run bench:apps`; figures in docs/benchmarks.md.
 *
 * The loop starts every process in a session of its own where pm does (fork mode), and in one session where Node's
 * cluster does: on Linux a session is what the scheduler shares the CPUs between (autogroup), and on a machine that is
 * busy otherwise that alone makes a factor of two.
 */

const COUNT = 50;
const ROUNDS = 5;
const IDLE_MS = 30_000;
/** DESIGN, "Speed and size". */
const START_BOUND = 1.3;
const IDLE_BOUND_PERCENT = 0.3;
/** Linux counts CPU time in these, on every machine of today. */
const TICK_MS = 10;

const cpuTicksOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
};

async function idlePercent(home: TestHome): Promise<number> {
  const apps = Array.from({ length: COUNT }, (_, n) => ({
    name: `idle-${n}`,
    script: app('idle.js'),
    min_uptime: 100,
  }));
  await home.ok(['start', home.write('idle.json', JSON.stringify({ apps }))]);
  const pids = [home.godPid() ?? 0, ...home.shims().map(({ process: { pid } }) => pid)];
  const ticks = (): number => pids.reduce((sum, pid) => sum + cpuTicksOf(pid), 0);
  // What the start itself still does (pid files, state) is over by then.
  await delay(5000);
  const before = ticks();
  await delay(IDLE_MS);
  const percent = ((ticks() - before) * TICK_MS * 100) / IDLE_MS;
  await home.ok(['delete', 'all']);
  return percent;
}

/** Until each of them listens, as pm asks it of them. */
function spawnLoopMs(detached: boolean): Promise<number> {
  const startTick = performance.now();
  const script = `require('node:http').createServer().listen(0, () => process.stdout.write('up'))`;
  const children = Array.from({ length: COUNT }, () =>
    spawn(process.execPath, ['-e', script], { detached, stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const up = children.map((child) => new Promise((resolve) => child.stdout.once('data', resolve)));
  return Promise.all(up).then(() => {
    const ms = performance.now() - startTick;
    for (const child of children) child.kill('SIGKILL');
    return ms;
  });
}

async function startMs(home: TestHome, mode: readonly string[]): Promise<number> {
  const startTick = performance.now();
  await home.ok(['start', app('server.js'), '--name', 'burst', '-i', String(COUNT), ...mode]);
  const ms = performance.now() - startTick;
  await home.ok(['delete', 'burst']);
  return ms;
}

async function main(): Promise<boolean> {
  const home = createHome();
  try {
    await home.ok(['ping']);
    const idle = await idlePercent(home);
    const rows = [['what', 'bare', 'pm', 'ratio', 'bound']];
    rows.push([`idle, ${COUNT} apps`, '', `${idle.toFixed(2)} %`, '', `${IDLE_BOUND_PERCENT} %`]);
    let isWithinBound = idle <= IDLE_BOUND_PERCENT;
    for (const [title, mode, detached] of [
      ['fork', ['-x'], true],
      ['cluster', [], false],
    ] as const) {
      const rounds: { bareMs: number; pmMs: number }[] = [];
      for (let n = 0; n < ROUNDS; n++)
        rounds.push({ bareMs: await spawnLoopMs(detached), pmMs: await startMs(home, mode) });
      const ratio = median(rounds.map(({ bareMs, pmMs }) => pmMs / bareMs));
      isWithinBound &&= ratio <= START_BOUND;
      const ms = (of: 'bareMs' | 'pmMs'): string =>
        `${Math.round(median(rounds.map((round) => round[of])))} ms`;
      rows.push([`${COUNT} online, ${title}`, ms('bareMs'), ms('pmMs'), ratio.toFixed(2), `${START_BOUND}`]);
    }
    console.log(tableOf(rows));
    return isWithinBound;
  } finally {
    await home.dispose();
  }
}

void main().then((isWithinBound) => process.exit(isWithinBound ? 0 : 1));
