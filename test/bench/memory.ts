import { setTimeout as delay } from 'node:timers/promises';
import { app, createHome, type TestHome } from '../rig/home';
import { privateDirtyKbOf } from './support/memory';
import { openPackages, type Packages } from './support/packages';
import { openPm2, type Pm2 } from './support/pm2';
import { median, tableOf } from './support/table';

/*
 * What the supervisor itself costs: private dirty memory of God and all its shims beside that of PM2's God, in one run,
 * the same apps under both. `npm run bench:memory`; figures in docs/benchmarks.md.
 *
 * Private and dirty is what nobody shares and the kernel cannot drop: what the machine gets back when the process ends.
 * The apps are fork-mode Node processes that do nothing; their own memory does not count.
 */

const COUNTS = [
  { count: 10, bound: 1.6 },
  { count: 50, bound: 1.2 },
] as const;
/** Past PM2's and our own work after a start, and long enough for V8 to have given back what it needed for that. */
const SETTLE_MS = 60_000;
const SAMPLES = 7;
const SAMPLE_EVERY_MS = 5000;
const MB = 1024;

interface Sample {
  readonly godKb: number;
  readonly shimsKb: number;
  readonly pm2Kb: number;
}

const appsOf = (count: number): unknown => ({
  apps: Array.from({ length: count }, (_, n) => ({ name: `idle-${n}`, script: app('idle.js') })),
});

function sampleOf(home: TestHome, pm2: Pm2): Sample {
  const shims = home.shims().map(({ process: { pid } }) => privateDirtyKbOf(pid));
  return {
    godKb: privateDirtyKbOf(home.godPid() ?? 0),
    shimsKb: shims.reduce((sum, kb) => sum + kb, 0),
    pm2Kb: privateDirtyKbOf(pm2.godPid()),
  };
}

/** Both at once, so that whatever the machine does meanwhile it does to both. */
async function measureWith(count: number, packages: Packages): Promise<Sample> {
  const home = createHome();
  const pm2 = await openPm2(packages);
  try {
    const file = home.write('apps.json', JSON.stringify(appsOf(count)));
    await home.ok(['start', file]);
    await pm2.run('start', file);
    await delay(SETTLE_MS);
    const samples: Sample[] = [];
    for (let n = 0; n < SAMPLES; n++) {
      samples.push(sampleOf(home, pm2));
      await delay(SAMPLE_EVERY_MS);
    }
    const middle = (of: keyof Sample): number => median(samples.map((sample) => sample[of]));
    return { godKb: middle('godKb'), shimsKb: middle('shimsKb'), pm2Kb: middle('pm2Kb') };
  } finally {
    await pm2.dispose();
    await home.dispose();
  }
}

const megabytes = (kb: number): string => `${(kb / MB).toFixed(1)} MB`;

async function main(): Promise<boolean> {
  const packages = openPackages();
  try {
    const rows = [['fork apps', 'God', 'shims', 'both', 'PM2’s God', 'ratio', 'bound']];
    let isWithinBound = true;
    for (const { count, bound } of COUNTS) {
      const { godKb, shimsKb, pm2Kb } = await measureWith(count, packages);
      const ratio = (godKb + shimsKb) / pm2Kb;
      isWithinBound &&= ratio <= bound;
      const sizes = [godKb, shimsKb, godKb + shimsKb, pm2Kb].map(megabytes);
      rows.push([String(count), ...sizes, ratio.toFixed(2), String(bound)]);
    }
    console.log(
      `Node ${process.versions.node}, private dirty, medians of ${SAMPLES} samples\n\n${tableOf(rows)}`,
    );
    return isWithinBound;
  } finally {
    packages.dispose();
  }
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
