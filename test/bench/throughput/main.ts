/**
 * `npm run bench [-- --node <major or path>]… [--rounds <count>]`
 *
 * Connections and requests per second of pm, by balance, of PM2 and of node:cluster, against the app without any manager,
 * in turn and in one run. Ends with 1 when a bound of DESIGN is missed. Without `--node`: this Node and 24.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { balancesOf, canReusePort, findNode, type NodeBinary } from '../support/node-binary';
import { openPackages, type Packages } from '../support/packages';
import { openPrograms } from '../support/programs';
import { tableOf } from '../support/table';
import { Contenders, PM2 } from './contenders';
import { cpuRatioOf, errorsOf, ratioOf, speedTable, takeTurns, type SamplesByName } from './speed';
import { measureSpread } from './spread';

/** As many as there are cores on the machine that the figures in docs/ are from. */
const WORKERS = 2;
const SPREAD_WORKERS = 4;
const CLIENTS = 64;

interface Bound {
  readonly what: 'connections' | 'requests';
  /** The name of a contender. */
  readonly against: string;
  readonly least: number;
}

/** What `auto` is held to. */
const boundsFor = (node: NodeBinary, bare: string): Bound[] => [
  ...(canReusePort(node)
    ? ([
        { what: 'connections', against: bare, least: 0.9 },
        { what: 'connections', against: PM2, least: 2 },
      ] as const)
    : [{ what: 'connections', against: PM2, least: 1 } as const]),
  { what: 'requests', against: bare, least: 0.97 },
];
const AUTO = 'pm, auto';
/** The most that one of four workers may have, over the mean; the other balances do not promise it. */
const SPREAD_BOUND = 1.3;
const EVEN = ['round-robin', 'least-connections', 'reuseport'];

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: { node: { type: 'string', multiple: true }, rounds: { type: 'string', default: '7' } },
  });
  const packages = openPackages();
  try {
    let isWithinBounds = true;
    for (const wanted of values.node ?? ['system', '24']) {
      const node = await findNode(wanted, packages);
      console.log(`\nNode ${node.version}, ${WORKERS} workers, ${CLIENTS} clients, ${values.rounds} rounds`);
      isWithinBounds = (await compareSpeed(node, packages, Number(values.rounds))) && isWithinBounds;
      console.log(`\n400 connections over ${SPREAD_WORKERS} workers`);
      isWithinBounds = (await compareSpread(node)) && isWithinBounds;
    }
    return isWithinBounds;
  } finally {
    packages.dispose();
  }
}

async function compareSpeed(node: NodeBinary, packages: Packages, rounds: number): Promise<boolean> {
  const contenders = new Contenders(node, WORKERS);
  const programs = openPrograms();
  try {
    const bare = await contenders.openBare();
    await contenders.openNodeCluster();
    await contenders.openPm2(packages);
    for (const balance of ['auto', ...balancesOf(node)]) await contenders.openPm(balance);
    const load = await programs.start(resolve(__dirname, 'load-main.ts'));
    const samples = await takeTurns(contenders.all, load, { rounds, clients: CLIENTS });
    for (const what of ['connections', 'requests'] as const)
      console.log(`${speedTable(what, samples, bare.name)}\n`);
    return holds(samples, boundsFor(node, bare.name));
  } finally {
    await programs.dispose();
    await contenders.close();
  }
}

function holds(samples: SamplesByName, bounds: readonly Bound[]): boolean {
  const results = bounds.map(({ what, against, least }) => {
    const ratio = ratioOf(samples, what, AUTO, against);
    const verdict = ratio >= least ? 'kept' : 'MISSED';
    const byCpu = cpuRatioOf(samples, what, AUTO, against).toFixed(2);
    console.log(
      `${AUTO}: ${what} ${ratio.toFixed(2)} × ${against} (by CPU time ${byCpu}), bound ${least}: ${verdict}`,
    );
    return ratio >= least;
  });
  const errors = errorsOf(samples, AUTO);
  if (errors > 0) console.log(`${AUTO}: ${errors} requests without an answer`);
  return errors === 0 && results.every(Boolean);
}

async function compareSpread(node: NodeBinary): Promise<boolean> {
  const rows = [['', 'per worker', 'max/mean', 'bound']];
  let isWithinBounds = true;
  for (const balance of balancesOf(node)) {
    const contenders = new Contenders(node, SPREAD_WORKERS);
    try {
      const { port } = await contenders.openPm(balance);
      const { ratio, counts } = await measureSpread(port, SPREAD_WORKERS);
      const isBound = EVEN.includes(balance);
      if (isBound && ratio > SPREAD_BOUND) isWithinBounds = false;
      rows.push([balance, counts.join(' '), ratio.toFixed(2), isBound ? String(SPREAD_BOUND) : '']);
    } finally {
      await contenders.close();
    }
  }
  console.log(tableOf(rows));
  return isWithinBounds;
}

main().then(
  (isWithinBounds) => (process.exitCode = isWithinBounds ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
