import { pmError } from '../errors';
import type { GroupSettings, ShimApi, ShimRecord, WorkerStart, StopLadder } from '../protocol/shim';
import type { Handlers } from '../wire';
import type { Broker } from './handles/broker';
import type { Journal } from './journal';
import type { LogFiles } from './logs/log-files';
import type { Workers } from './workers/workers';

export interface ShimParts {
  readonly record: ShimRecord;
  readonly workers: Workers;
  readonly broker: Broker;
  readonly journal: Journal;
  readonly logFiles: LogFiles;
  readonly quit: () => void;
}

/**
 * What God can ask. The params are not checked field by field: God is the only one who can reach the socket, has
 * checked what users said, and speaks this very contract; a second check here would be a second truth.
 */
export function createShimHandlers({
  record,
  workers,
  broker,
  journal,
  logFiles,
  quit,
}: ShimParts): Handlers<ShimApi> {
  let newestGod = 0;
  return {
    hello: (params) => {
      newestGod = Math.max(newestGod, (params as ShimApi['hello']['params']).god ?? 0);
      return { ...record, nodeVersion: process.versions.node };
    },
    snapshot: () => ({ workers: workers.all().map((worker) => worker.report()), seq: journal.lastSeq() }),
    configure: (params) => {
      broker.configure(params as GroupSettings);
      return {};
    },
    start: (params) => {
      const start = params as WorkerStart;
      if ((start.god ?? newestGod) < newestGod)
        throw pmError('SHIM_FAILED', { shim: record.id, why: 'a newer God has taken over' });
      workers.start(start);
      return {};
    },
    admit: (params) => {
      const worker = workers.get((params as { key: string }).key);
      if (worker !== undefined) broker.admit(worker);
      return {};
    },
    retire: (params) => {
      const { key, ladder } = params as { key: string; ladder: StopLadder };
      workers.get(key)?.stopper.retire(ladder);
      broker.onLeaving();
      return {};
    },
    signal: (params) => {
      const { key, signal } = params as { key: string; signal: string };
      return { delivered: workers.get(key)?.signal(signal) ?? false };
    },
    input: (params) => {
      const { key, text } = params as { key: string; text: string };
      return { delivered: workers.get(key)?.input(text) ?? false };
    },
    events: async (params) => {
      const { ack, waitMs } = params as { ack: number; waitMs: number };
      return { events: await journal.read(ack, waitMs) };
    },
    closeListeners: () => {
      broker.closeUnwanted();
      return {};
    },
    reopenLogs: () => {
      for (const file of logFiles.all()) file.ask('reopen');
      return {};
    },
    rotateLogs: (params) => {
      rotate(workers, (params as ShimApi['rotateLogs']['params']).keys);
      return {};
    },
    quit: () => {
      if (workers.all().length > 0)
        throw pmError('SHIM_FAILED', { shim: record.id, why: 'it still has workers' });
      setImmediate(quit);
      return {};
    },
  };
}

function rotate(workers: Workers, keys: readonly string[]): void {
  const files = keys.flatMap((key) => workers.get(key)?.output.files ?? []);
  for (const file of new Set(files)) file.ask('rotate');
}
