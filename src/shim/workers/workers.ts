import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { reasonOf } from '../../errors';
import type { ProcessIdentity } from '../../model/instance';
import { failpoint, identify } from '../../platform';
import type { WorkerStart } from '../../protocol/shim';
import type { SpawnWorker } from '../groups/group';
import type { Journal } from '../journal';
import type { LogFiles } from '../logs/log-files';
import { watchWorker, type WorkerListener } from './watch-worker';
import { Worker } from './worker';

export interface Workers {
  start(start: WorkerStart): void;
  get(key: string): Worker | undefined;
  all(): Worker[];
}

/** The workers that this shim parents, by key. */
export function createWorkers(
  spawn: SpawnWorker,
  journal: Journal,
  logFiles: LogFiles,
  listener: WorkerListener,
): Workers {
  const workers = new Map<string, Worker>();

  const failed = ({ key, cwd }: WorkerStart, cause: unknown): void => {
    // Node says `spawn /usr/bin/node ENOENT` of a folder that is gone, and sends the reader after the wrong thing.
    const error = existsSync(cwd) ? reasonOf(cause) : `its folder ${cwd} is gone (cwd)`;
    journal.append({ type: 'spawn-failed', key, error, atMs: Date.now() });
  };

  const add = (start: WorkerStart, child: ChildProcess, identity: ProcessIdentity): void => {
    failpoint('worker.spawned');
    const worker = new Worker(start, child, identity, logFiles);
    workers.set(start.key, worker);
    journal.append({
      type: 'started',
      key: start.key,
      process: identity,
      atMs: worker.facts.startedAtMs,
      ...(start.preload ? { tellsRunning: true } : {}),
    });
    failpoint('worker.started');
    watchWorker(worker, child, journal, {
      ...listener,
      onExit: (ended) => {
        workers.delete(start.key);
        listener.onExit(ended);
      },
    });
  };

  return {
    start: (start) => {
      // God asks again when it got no answer: the worker is there, or has even ended, and the journal will tell.
      if (workers.has(start.key) || journal.mentions(start.key)) return;
      try {
        failpoint('worker.spawn');
        const child = spawn(start);
        const identity = identityOf(child);
        if (identity !== null) add(start, child, identity);
        else {
          child.once('error', (error) => {
            failed(start, error);
          });
        }
      } catch (error) {
        failed(start, error);
      }
    },
    get: (key) => workers.get(key),
    all: () => [...workers.values()],
  };
}

/** One that has ended already is a zombie until Node reaps it: its pid is still its own, its start is not needed. */
const identityOf = (child: ChildProcess): ProcessIdentity | null =>
  child.pid === undefined ? null : (identify(child.pid) ?? { pid: child.pid, startTicks: 0 });
