/**
 * `npm run bench:loss [-- --full] [--node <major or path>]… [--balance <policy>]… [--only <class>]…`
 *
 * Ends with 1 when anything was lost. Default: a short run, round-robin, this Node. `--full`: what the promise is
 * measured by, for every balance that the Node can do.
 */
import { parseArgs } from 'node:util';
import { balancesOf, findNode, type NodeBinary } from '../support/node-binary';
import { openPackages } from '../support/packages';
import { CLIENT_CLASSES } from './clients/all';
import { lossCount, lossTable } from './report';
import { runLoss, type LossPlan } from './run';

const SHORT: LossPlan = { reloads: 4, restarts: 2, scaleSteps: 5, idleKills: 10 };
const FULL: LossPlan = { reloads: 20, restarts: 20, scaleSteps: 20, idleKills: 50 };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      node: { type: 'string', default: 'system' },
      balance: { type: 'string', multiple: true },
      only: { type: 'string', multiple: true },
    },
  });
  const packages = openPackages();
  try {
    const node = await findNode(values.node, packages);
    const balances = values.balance ?? (values.full ? balancesOf(node) : ['round-robin']);
    const classes = CLIENT_CLASSES.map(({ name }) => name).filter(
      (name) => values.only?.some((part) => name.toLowerCase().includes(part.toLowerCase())) ?? true,
    );
    const plan = values.full ? FULL : SHORT;
    let lost = 0;
    for (const balance of balances) lost += await measure(node, balance, plan, classes);
    console.log(lost === 0 ? 'Nothing was lost.' : `Lost: ${lost}.`);
    process.exitCode = lost === 0 ? 0 : 1;
  } finally {
    packages.dispose();
  }
}

async function measure(
  node: NodeBinary,
  balance: string,
  plan: LossPlan,
  classes: readonly string[],
): Promise<number> {
  const { reloads, restarts, scaleSteps, idleKills } = plan;
  console.log(
    `\n${balance}, Node ${node.version}: ${reloads} reloads, ${restarts} restarts, ${scaleSteps} scale steps, ${idleKills} kills of idle workers`,
  );
  const startTick = performance.now();
  const onProgress = (what: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
  };
  const { tallies, losses } = await runLoss({ node, balance, plan, classes, onProgress });
  onProgress('');
  console.log(lossTable(tallies));
  for (const loss of losses) console.log(`  ${loss}`);
  console.log(`${((performance.now() - startTick) / 1000).toFixed(0)} s`);
  return lossCount(tallies);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
