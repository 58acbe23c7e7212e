/**
 * The preload: the first code in the process of every Node app that pm runs. It has no dependencies, throws
 * nothing, keeps nothing alive and leaves no trace: its variable and its `--require` are taken out again, so that
 * the app's own children do not load it.
 */
import { isMainThread } from 'node:worker_threads';
import type { SOURCE_MAPS_ENV, UNCAUGHT_ENV, WORKER_ENV } from '../protocol/worker';
import { failpoint, readFailpoints } from '../failpoints';
import { joinCluster } from './cluster-worker';
import { reportListening } from './listening';
import { reportRunning } from './running';
import { drainOnUncaught } from './uncaught';

/** A type import keeps the preload free of everything else; the compiler sees to it that the text is the same. */
const MODE_VARIABLE: typeof WORKER_ENV = 'PM_WORKER_PRELOAD';
const SOURCE_MAPS_VARIABLE: typeof SOURCE_MAPS_ENV = 'PM_WORKER_SOURCE_MAPS';
const UNCAUGHT_VARIABLE: typeof UNCAUGHT_ENV = 'PM_WORKER_UNCAUGHT_DRAIN_MS';

const mode = process.env[MODE_VARIABLE];
Reflect.deleteProperty(process.env, MODE_VARIABLE);
if (process.env[SOURCE_MAPS_VARIABLE] !== undefined) process.setSourceMapsEnabled(true);
Reflect.deleteProperty(process.env, SOURCE_MAPS_VARIABLE);
const uncaughtDrainMs = process.env[UNCAUGHT_VARIABLE];
Reflect.deleteProperty(process.env, UNCAUGHT_VARIABLE);
forgetPreload();

if (mode !== undefined && isMainThread && process.send !== undefined) {
  readFailpoints('worker', process.env);
  failpoint('loaded');
  reportRunning();
  // In a cluster it is the shim that listens, and knows what failed.
  reportListening(mode === 'fork');
  if (mode === 'cluster') {
    const exit = process.exit.bind(process);
    joinCluster(exit);
    if (uncaughtDrainMs !== undefined) drainOnUncaught(Number(uncaughtDrainMs), exit);
  }
}

function forgetPreload(): void {
  const at = process.execArgv.indexOf(__filename);
  if (at > 0) process.execArgv.splice(at - 1, 2);
}
