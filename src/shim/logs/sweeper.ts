import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A sweep takes half a millisecond: at 100 MB/s that is one percent of the time. */
const SWEEP_EVERY_BYTES = 3 * 1024 * 1024;

type CollectGarbage = (options: { type: 'minor' }) => void;
let collect: CollectGarbage | null = null;
let bytesSince = 0;

/**
 * Lets go of the buffers that output was read into. V8 does so by itself only when 32 MB of them have gathered, whatever
 * flags it is given, and the shim promises to stay small; Node has no other way to say it. A shim whose apps say little
 * never comes here.
 */
export function sweepAfter(bytes: number): void {
  bytesSince += bytes;
  if (bytesSince < SWEEP_EVERY_BYTES) return;
  bytesSince = 0;
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as CollectGarbage;
  }
  collect({ type: 'minor' });
}
