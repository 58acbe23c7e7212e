import cluster from 'node:cluster';
import { entryPath } from '../../launch';
import { WORKER_ENV } from '../../protocol/worker';
import type { SpawnWorker } from './group';

/**
 * A real cluster worker (`cluster.isWorker`, `cluster.worker.id`, shared UDP), whose TCP and Unix listeners go
 * through our broker (handles/). The settings are set before each fork, because another version of the app may
 * have another script; `cluster.fork` would add our own environment, which main.ts has emptied for this.
 */
export const spawnClusterWorker: SpawnWorker = (start) => {
  cluster.setupPrimary({
    exec: start.script,
    args: [...start.args],
    execArgv: [...start.interpreterArgs, '--require', entryPath('worker')],
    cwd: start.cwd,
    silent: true,
    ...(start.uid === undefined ? {} : { uid: start.uid }),
    ...(start.gid === undefined ? {} : { gid: start.gid }),
  });
  return cluster.fork({ ...start.env, [WORKER_ENV]: 'cluster' }).process;
};
