import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { createHome, type TestHome } from '../rig/home';
import { median, tableOf } from './support/table';

/*
 * `pm list` against `node -e 0`, in turn and in one run, because only the ratio says something about pm: what a Node CLI
 * can be is what Node itself takes. `npm run bench:list`; figures in docs/benchmarks.md.
 */

const PM = resolve(__dirname, '../../bin/pm');
/** Enough for a median that differs by less than a percent between runs on a quiet machine. */
const ROUNDS = 40;
/** The first runs read files from disk. */
const WARM_UP_ROUNDS = 5;
const COUNTS = [1, 100] as const;
/**
 * The bound was set in the environment of the machine that DESIGN measured on, as in most shells not an empty one: there
 * `NODE_EXTRA_CA_CERTS` has Node read a file at every start. What pm itself adds is seen best without.
 */
const ENVIRONMENTS = ['yours', 'empty'] as const;
/** DESIGN, "Speed and size". */
const BOUND = Number.parseInt(process.versions.node) < 22 ? 1.4 : 1.8;

interface Measured {
  readonly bareMs: number;
  readonly listMs: number;
  readonly ratio: number;
}

function timeOf(args: readonly string[], env: NodeJS.ProcessEnv): number {
  const startTick = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ms = performance.now() - startTick;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr.toString()}`);
  return ms;
}

function measure(home: TestHome, environment: (typeof ENVIRONMENTS)[number]): Measured {
  const env = environment === 'empty' ? home.env : { ...process.env, ...home.env };
  const rounds = Array.from({ length: WARM_UP_ROUNDS + ROUNDS }, () => ({
    bareMs: timeOf(['-e', '0'], env),
    listMs: timeOf([PM, 'list'], env),
  })).slice(WARM_UP_ROUNDS);
  return {
    bareMs: median(rounds.map(({ bareMs }) => bareMs)),
    listMs: median(rounds.map(({ listMs }) => listMs)),
    // Of pairs: what disturbs the machine for a moment disturbs both.
    ratio: median(rounds.map(({ bareMs, listMs }) => listMs / bareMs)),
  };
}

/** `sleep`, so that the instances themselves leave the machine alone. */
async function measureWith(count: number): Promise<Measured[]> {
  const home = createHome();
  try {
    await home.ok(['start', 'sleep', '-i', String(count), '--', '1000000']);
    return ENVIRONMENTS.map((environment) => measure(home, environment));
  } finally {
    await home.dispose();
  }
}

async function main(): Promise<boolean> {
  const rows = [['instances', 'environment', 'node -e 0', 'pm list', 'ratio', 'bound']];
  let isWithinBound = true;
  for (const count of COUNTS) {
    for (const [index, { bareMs, listMs, ratio }] of (await measureWith(count)).entries()) {
      const environment = ENVIRONMENTS[index] ?? '';
      if (environment === 'yours') isWithinBound &&= ratio <= BOUND;
      rows.push([
        String(count),
        environment,
        `${bareMs.toFixed(1)} ms`,
        `${listMs.toFixed(1)} ms`,
        ratio.toFixed(2),
        environment === 'yours' ? String(BOUND) : '',
      ]);
    }
  }
  console.log(`Node ${process.versions.node}, medians of ${ROUNDS} rounds in turn\n\n${tableOf(rows)}`);
  return isWithinBound;
}

main().then(
  (isWithinBound) => {
    process.exitCode = isWithinBound ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
