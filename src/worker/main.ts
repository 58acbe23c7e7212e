/**
 * The preload: the first code in the process of every Node app that pm runs. It has no dependencies, throws
 * nothing, keeps nothing alive and leaves no trace: its variable and its `--require` are taken out again, so that
 * the app's own children do not load it.
 */
import { isMainThread } from 'node:worker_threads';
import type { SOURCE_MAPS_ENV, WORKER_ENV } from '../protocol/worker';
import { joinCluster } from './cluster-worker';
import { reportListening } from './listening';

/** A type import keeps the preload free of everything else; the compiler sees to it that the text is the same. */
const MODE_VARIABLE: typeof WORKER_ENV = 'PM_WORKER_PRELOAD';
const SOURCE_MAPS_VARIABLE: typeof SOURCE_MAPS_ENV = 'PM_WORKER_SOURCE_MAPS';

const mode = process.env[MODE_VARIABLE];
Reflect.deleteProperty(process.env, MODE_VARIABLE);
if (process.env[SOURCE_MAPS_VARIABLE] !== undefined) process.setSourceMapsEnabled(true);
Reflect.deleteProperty(process.env, SOURCE_MAPS_VARIABLE);
forgetPreload();

if (mode !== undefined && isMainThread && process.send !== undefined) {
  reportListening();
  if (mode === 'cluster') joinCluster(process.exit.bind(process));
}

function forgetPreload(): void {
  const at = process.execArgv.indexOf(__filename);
  if (at > 0) process.execArgv.splice(at - 1, 2);
}
