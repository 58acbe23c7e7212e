import cluster from 'node:cluster';
import { entryPath } from '../../launch';
import { WORKER_ENV } from '../../protocol/worker';
import { guardStockCluster } from '../handles/guard';
import type { SpawnWorker } from './group';
import { identityFor } from './identity';

/**
 * A real cluster worker (`cluster.isWorker`, `cluster.worker.id`, shared UDP), whose TCP and Unix listeners go
 * through our broker (handles/). The settings are set before each fork, because another version of the app may
 * have another script; `cluster.fork` would add our own environment, which main.ts has emptied for this.
 */
export const spawnClusterWorker: SpawnWorker = (start) => {
  const { command: become, options } = identityFor(start);
  const node = become.length === 0 ? [] : [process.execPath];
  cluster.setupPrimary({
    exec: start.script,
    args: [...start.args],
    execArgv: [...become.slice(1), ...node, ...start.interpreterArgs, '--require', entryPath('worker')],
    cwd: start.cwd,
    silent: true,
    ...options,
  });
  const worker = withExecPath(become[0], () => cluster.fork({ ...start.env, [WORKER_ENV]: 'cluster' }));
  // It repeats the child's `error`, before our own listener hears of it; where nobody listened that would throw.
  worker.on('error', () => undefined);
  guardStockCluster(worker.process, start);
  return worker.process;
};

/** `cluster` always executes `process.execPath`, and looks at it within `fork`; what becomes the user has to stand there. */
function withExecPath<T>(path: string | undefined, fork: () => T): T {
  const own = process.execPath;
  process.execPath = path ?? own;
  try {
    return fork();
  } finally {
    process.execPath = own;
  }
}
