import { getSystemErrorName } from 'node:util';
import type { GroupSettings } from '../../protocol/shim';
import { WORKER_COMMAND, type FromWorker, type ListenRequest } from '../../protocol/worker';
import type { Journal } from '../journal';
import type { Worker } from '../workers/worker';
import { openQueueListener, type QueueListener } from './queue-listener';
import { roundRobin } from './round-robin';
import { isReachable, sockNameOf } from './sockets';

export interface Broker {
  configure(settings: GroupSettings): void;
  readonly onMessage: (worker: Worker, message: FromWorker) => void;
  admit(worker: Worker): void;
  /** It can neither get nor acknowledge connections any more. */
  readonly forget: (worker: Worker) => void;
  closeUnwanted(): void;
  closeAll(): void;
}

/** What holds until God says otherwise; God always does before the first start. */
const DEFAULT_SETTINGS: GroupSettings = { balance: 'round-robin', maxWaiting: 1024, waitTimeoutMs: 30_000 };

/** Owns the listening sockets of a cluster app; they outlive every worker and are closed only when God says so. */
export function createBroker(journal: Journal): Broker {
  const listeners = new Map<string, QueueListener>();
  let settings = DEFAULT_SETTINGS;

  const open = (id: string, request: ListenRequest): QueueListener | number => {
    const known = listeners.get(id);
    if (known !== undefined && isReachable(known.request)) return known;
    known?.close();
    listeners.delete(id);
    const opened = openQueueListener(id, request, roundRobin(), () => settings);
    if (typeof opened !== 'number') listeners.set(id, opened);
    return opened;
  };

  const onListen = (worker: Worker, id: number, request: ListenRequest): void => {
    const name = idOf(request);
    const listener = open(name, request);
    const failed = typeof listener === 'number';
    if (failed) {
      const address = { port: request.port, address: request.address, family: request.addressType };
      const error = getSystemErrorName(listener);
      journal.append({ type: 'listen-failed', key: worker.start.key, address, error, atMs: Date.now() });
    } else listener.join(worker);
    const reply = { cmd: WORKER_COMMAND, type: 'listen-reply', id, listener: name } as const;
    worker.send(
      failed
        ? { ...reply, errno: listener, sockname: null }
        : { ...reply, errno: 0, sockname: sockNameOf(listener.handle) },
    );
  };

  const onClose = (worker: Worker, name: string): void => {
    const listener = listeners.get(name);
    listener?.leave(worker);
    // A retired worker closes because it must; one that closes by itself means it, if it was the last.
    if (listener === undefined || worker.stopper.isRetiring() || listener.isWanted) return;
    listener.close();
    listeners.delete(name);
  };

  return {
    configure: (next) => {
      settings = next;
    },
    onMessage: (worker, message) => {
      if (message.type === 'listen') onListen(worker, message.id, message.request);
      else if (message.type === 'close') onClose(worker, message.listener);
      else if (message.type === 'fence') worker.send({ cmd: WORKER_COMMAND, type: 'fence-reply' });
      else if (message.type === 'ack')
        listeners.get(message.listener)?.acknowledge(worker, message.connection, message.taken);
    },
    admit: (worker) => {
      worker.facts.admitted = true;
      for (const listener of listeners.values()) listener.distribute();
    },
    forget: (worker) => {
      for (const listener of listeners.values()) listener.leave(worker);
    },
    closeUnwanted: () => {
      for (const [name, listener] of listeners) {
        if (listener.isWanted) continue;
        listener.close();
        listeners.delete(name);
      }
    },
    closeAll: () => {
      for (const listener of listeners.values()) listener.close();
      listeners.clear();
    },
  };
}

/** Port 0 asks for any port: the nth such listen of each worker means the same listener. */
const idOf = ({ address, port, addressType, flags, index }: ListenRequest): string =>
  [addressType, address ?? '*', port ?? '', flags, port === 0 ? index : ''].join('|');
