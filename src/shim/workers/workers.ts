import type { ChildProcess } from 'node:child_process';
import { reasonOf } from '../../errors';
import type { WorkerStart } from '../../protocol/shim';
import type { SpawnWorker } from '../groups/group';
import type { Journal } from '../journal';
import { Worker, identityOf, type WorkerListener } from './worker';

export interface Workers {
  start(start: WorkerStart): void;
  get(key: string): Worker | undefined;
  all(): Worker[];
}

/** The workers that this shim parents, by key. */
export function createWorkers(spawn: SpawnWorker, journal: Journal, listener: WorkerListener): Workers {
  const workers = new Map<string, Worker>();

  const failed = (key: string, error: unknown): void => {
    journal.append({ type: 'spawn-failed', key, error: reasonOf(error), atMs: Date.now() });
  };

  return {
    start: (start) => {
      // God may ask again after a crash of its own: the worker is there, and its `started` still in the journal.
      if (workers.has(start.key)) return;
      let child: ChildProcess;
      try {
        child = spawn(start);
      } catch (error) {
        failed(start.key, error);
        return;
      }
      const identity = identityOf(child);
      if (identity === null) {
        child.once('error', (error) => {
          failed(start.key, error);
        });
        return;
      }
      const worker = new Worker(start, child, identity, journal, {
        ...listener,
        onExit: (ended) => {
          workers.delete(start.key);
          listener.onExit(ended);
        },
      });
      workers.set(start.key, worker);
      journal.append({ type: 'started', key: start.key, process: identity, atMs: Date.now() });
    },
    get: (key) => workers.get(key),
    all: () => [...workers.values()],
  };
}
