import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/*
 * 500,000 lines of 100 bytes by console.log: through pm into a log file, against `node app > file`. Each app measures
 * itself (from its first line to its last, so that neither the start of Node nor that of pm counts), in turn, several
 * times; the medians are compared. Then the memory of the shim at 100 MB/s. `npx ts-node test/bench/logs/main.ts`
 */
const LINES = 500_000;
const ROUNDS = 5;
const PM = resolve(__dirname, '../../../bin/pm');

const root = mkdtempSync('/tmp/pmb-');
const env = { PATH: process.env['PATH'], HOME: root, PM_HOME: join(root, 'h') };
const doneFile = join(root, 'done');
const app = join(root, 'app.js');
writeFileSync(
  app,
  `const text = 'x'.repeat(90); const t0 = performance.now();
   for (let n = 0; n < ${LINES}; n++) console.log(String(n).padStart(9, '0') + text);
   process.stdout.write('', () => require('node:fs').writeFileSync(${JSON.stringify(doneFile)}, String(performance.now() - t0)));
   setInterval(() => {}, 1e6);`,
);
const flood = join(root, 'flood.js');
writeFileSync(
  flood,
  `const block = Buffer.from(('x'.repeat(99) + '\\n').repeat(640)); const t0 = performance.now(); let sent = 0;
   setInterval(() => { const due = (performance.now() - t0) * 1e5;
     while (sent < due) sent += require('node:fs').writeSync(1, block); }, 5);`,
);

const pm = (...args: string[]): void => {
  const { status, stderr } = spawnSync(process.execPath, [PM, ...args], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`pm ${args.join(' ')}: ${stderr}`);
};

async function untilDone(): Promise<number> {
  for (;;) {
    try {
      const text = readFileSync(doneFile, 'utf8');
      if (text !== '') return Number(text);
    } catch {
      // not yet
    }
    await delay(10);
  }
}

async function direct(): Promise<number> {
  rmSync(doneFile, { force: true });
  const fd = openSync(join(root, 'direct.log'), 'w');
  const child = spawn(process.execPath, [app], { env, stdio: ['ignore', fd, fd] });
  closeSync(fd);
  const ms = await untilDone();
  child.kill('SIGKILL');
  return ms;
}

async function throughPm(options: readonly string[]): Promise<number> {
  rmSync(doneFile, { force: true });
  pm('start', app, '-n', 'bench', ...options);
  const ms = await untilDone();
  pm('delete', 'bench');
  return ms;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

function shimMemoryKb(): number {
  const record = JSON.parse(readFileSync(join(env.PM_HOME, 'shims/fork/json'), 'utf8')) as {
    process: { pid: number };
  };
  const status = readFileSync(`/proc/${String(record.process.pid)}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]);
}

async function main(): Promise<void> {
  mkdirSync(env.PM_HOME, { mode: 0o700 });
  try {
    const ways: Record<string, () => Promise<number>> = {
      'node app > file': direct,
      'pm, default': () => throughPm([]),
      'pm, --time': () => throughPm(['--time']),
      'pm, --log-type json': () => throughPm(['--log-type', 'json']),
    };
    const results = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
    for (let round = 0; round < ROUNDS; round++)
      for (const [name, run] of Object.entries(ways)) results.get(name)?.push(await run());
    const base = median(results.get('node app > file') ?? []);
    for (const [name, times] of results) {
      const ms = median(times);
      console.log(`${name.padEnd(22)} ${ms.toFixed(0).padStart(6)} ms  ${(ms / base).toFixed(2)} ×`);
    }
    const size = statSync(join(root, 'direct.log')).size;
    console.log(`bound: pm, default ≤ 1.15 × (${String(size)} bytes each)`);
    pm('start', join(root, 'flood.js'), '-n', 'quiet', '--no-autostart');
    pm('start', app, '-n', 'idle', '--disable-logs');
    const idle = shimMemoryKb();
    pm('start', flood, '-n', 'flood', '--log-keep', '2', '-f');
    let most = 0;
    for (let n = 0; n < 20; n++) {
      await delay(500);
      most = Math.max(most, shimMemoryKb());
    }
    console.log(`shim at 100 MB/s: ${String(Math.round((most - idle) / 1024))} MB above idle; bound: 20 MB`);
  } finally {
    pm('kill');
    rmSync(root, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
