/**
 * The preload: the first code in the process of every Node app that pm runs. It has no dependencies, throws
 * nothing, keeps nothing alive and leaves no trace: its variable and its `--require` are taken out again, so that
 * the app's own children do not load it.
 */
import { isMainThread } from 'node:worker_threads';
import { WORKER_ENV } from '../protocol/worker';
import { joinCluster } from './cluster-worker';
import { reportListening } from './listening';

const mode = process.env[WORKER_ENV];
Reflect.deleteProperty(process.env, WORKER_ENV);
forgetPreload();

if (mode !== undefined && isMainThread && process.send !== undefined) {
  reportListening();
  if (mode === 'cluster') joinCluster(process.exit.bind(process));
}

function forgetPreload(): void {
  const at = process.execArgv.indexOf(__filename);
  if (at > 0) process.execArgv.splice(at - 1, 2);
}
