import { pmError } from '../errors';
import { failpoint } from '../platform';
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
  let isLeaving = false;
  return {
    hello: (params) => {
      failpoint('hello');
      newestGod = Math.max(newestGod, (params as ShimApi['hello']['params']).god ?? 0);
      return { ...record, nodeVersion: process.versions.node };
    },
    snapshot: () => snapshotOf(workers, journal),
    configure: (params) => {
      failpoint('configure');
      broker.configure(params as GroupSettings);
      return {};
    },
    start: (params) => {
      failpoint('start');
      const start = params as WorkerStart;
      if ((start.god ?? newestGod) < newestGod) throw refusal(record, 'a newer God has taken over');
      if (isLeaving) throw refusal(record, 'it is leaving');
      workers.start(start);
      return {};
    },
    admit: (params) => {
      admit(workers, broker, (params as { key: string }).key);
      return {};
    },
    switch: (params) => switchOver(workers, broker, params as ShimApi['switch']['params']),
    retire: (params) => {
      failpoint('retire');
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
    events: (params) => readEvents(journal, params as ShimApi['events']['params']),
    closeListeners: () => {
      broker.closeUnwanted();
      return {};
    },
    reopenLogs: () => {
      for (const file of logFiles.all()) file.ask('reopen');
      return {};
    },
    rotateLogs: (params) => rotate(workers, (params as ShimApi['rotateLogs']['params']).keys),
    quit: () => {
      if (workers.all().length > 0) throw refusal(record, 'it still has workers');
      failpoint('quit');
      // The last lines of the apps may take a while yet.
      isLeaving = true;
      setImmediate(quit);
      return {};
    },
  };
}

/** Every old one is leaving before the first connection is given to a new one. */
function switchOver(
  workers: Workers,
  broker: Broker,
  { admit: keys, retire }: ShimApi['switch']['params'],
): Record<never, never> {
  failpoint('switch');
  for (const { key, ladder } of retire) workers.get(key)?.stopper.retire(ladder);
  for (const key of keys) admit(workers, broker, key);
  broker.onLeaving();
  return {};
}

function admit(workers: Workers, broker: Broker, key: string): void {
  failpoint('admit');
  const worker = workers.get(key);
  if (worker !== undefined) broker.admit(worker);
}

function snapshotOf(workers: Workers, journal: Journal): ShimApi['snapshot']['result'] {
  failpoint('snapshot');
  return { workers: workers.all().map((worker) => worker.report()), seq: journal.lastSeq() };
}

async function readEvents(
  journal: Journal,
  { ack, waitMs }: ShimApi['events']['params'],
): Promise<ShimApi['events']['result']> {
  failpoint('events');
  return { events: await journal.read(ack, waitMs) };
}

const refusal = ({ id }: ShimRecord, why: string): Error => pmError('SHIM_FAILED', { shim: id, why });

function rotate(workers: Workers, keys: readonly string[]): Record<never, never> {
  const files = keys.flatMap((key) => workers.get(key)?.output.files ?? []);
  for (const file of new Set(files)) file.ask('rotate');
  return {};
}
