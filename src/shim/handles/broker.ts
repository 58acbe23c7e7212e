import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { failpoint, fileUserOf } from '../../platform';
import type { GroupSettings, NewShimEvent } from '../../protocol/shim';
import { WORKER_COMMAND, type FromWorker, type ListenRequest } from '../../protocol/worker';
import type { Journal } from '../journal';
import type { Worker } from '../workers/worker';
import { refusalOf } from './guard';
import { ipHash } from './ip-hash';
import { openKernelListener } from './kernel-listener';
import { leastConnections } from './least-connections';
import { isLeaving, type Listener } from './listener';
import type { BalancePolicy } from './policy';
import { OpenListeners } from './open-listeners';
import { openQueueListener } from './queue-listener';
import { roundRobin } from './round-robin';
import { existingPathOf, isDeadSocket, removeSocket, type BindRequest, type RawHandle } from './sockets';

export interface Broker {
  configure(settings: GroupSettings): void;
  readonly onMessage: (worker: Worker, message: FromWorker, handle?: RawHandle) => void;
  admit(worker: Worker): void;
  /** Some worker is about to leave: what it holds must go to others. */
  readonly onLeaving: () => void;
  /** It can neither get nor acknowledge connections any more. */
  readonly forget: (worker: Worker) => void;
  closeUnwanted(): void;
  closeAll(): void;
}

/** What holds until God says otherwise; God always does before the first start. */
const DEFAULT_SETTINGS: GroupSettings = { balance: 'round-robin', maxWaiting: 1024, waitTimeoutMs: 30_000 };

/** The policies that choose in the shim; the others leave it to the kernel. */
const POLICIES: Readonly<
  Record<Exclude<GroupSettings['balance'], 'shared' | 'reuseport'>, () => BalancePolicy>
> = {
  'round-robin': roundRobin,
  'least-connections': leastConnections,
  'ip-hash': ipHash,
};

/** What a bind or listen returns for an address that is taken. */
const EADDRINUSE = -constants.errno.EADDRINUSE;

/** Owns the listening sockets of a cluster app; they outlive every worker and are closed only when God says so. */
export function createBroker(journal: Journal): Broker {
  let settings = DEFAULT_SETTINGS;
  const listeners = new OpenListeners((name, request) => openListener(name, request, () => settings));

  const leave = (worker: Worker, listener: Listener | undefined, byChoice: boolean): void => {
    if (listener === undefined) return;
    listener.leave(worker);
    listeners.closeIfOver(listener, byChoice);
  };

  const tellAll = (): void => {
    for (const listener of listeners.all()) listener.onWorkersChanged();
  };

  return {
    configure: (next) => {
      settings = next;
    },
    onMessage: (worker, message, handle) => {
      // A fork app has nothing here; what it says was written by hand.
      if (worker.start.mode !== 'cluster') return;
      if (message.type === 'listen' && isRequest(message.request))
        onListen(listeners, journal, worker, message);
      // One that leaves closes because it must; one that closes by itself means it, if it was the last.
      else if (message.type === 'close') leave(worker, listeners.get(message.listener), !isLeaving(worker));
      else if (message.type === 'fence') {
        failpoint('fence');
        worker.send({ cmd: WORKER_COMMAND, type: 'fence-reply', takesBack: true });
      } else if (message.type === 'ack') {
        failpoint('ack');
        listeners.get(message.listener)?.acknowledge(worker, message);
      } else if (message.type === 'ended') listeners.get(message.listener)?.onEnded?.(worker, message.count);
      else if (message.type === 'socket-lost')
        listeners.get(message.listener)?.onSocketLost?.(worker, message.socket);
      else if (message.type === 'return-connection' && handle !== undefined)
        takeBack(listeners.get(message.listener), handle);
    },
    admit: (worker) => {
      worker.facts.admitted = true;
      tellAll();
    },
    onLeaving: tellAll,
    forget: (worker) => {
      for (const listener of listeners.all()) leave(worker, listener, false);
    },
    closeUnwanted: () => {
      listeners.closeUnwanted();
    },
    closeAll: () => {
      listeners.closeAll();
    },
  };
}

type ListenMessage = Extract<FromWorker, { type: 'listen' }>;

/**
 * A shim that is killed leaves the paths of its Unix sockets behind, and the app, which has never had to remove one,
 * could not listen under the next shim. Two workers may come here at once: what the first has bound stays.
 */
function onListen(listeners: OpenListeners, journal: Journal, worker: Worker, message: ListenMessage): void {
  const refusal = refusalOf(worker.start, message.request);
  if (refusal !== 0) {
    refuse(journal, worker, message, refusal);
    return;
  }
  const isHeld = (): boolean => listeners.get(idOf(message.request)) !== undefined;
  const path = isHeld() ? null : existingPathOf(message.request);
  if (path === null) {
    answerListen(listeners, journal, worker, message);
    return;
  }
  void isDeadSocket(path).then((isDead) => {
    if (!worker.isReachable()) return;
    if (isDead && !isHeld()) removeSocket(path, userOf(worker));
    answerListen(listeners, journal, worker, message);
  });
}

function answerListen(
  listeners: OpenListeners,
  journal: Journal,
  worker: Worker,
  message: ListenMessage,
): void {
  failpoint('bind');
  const { id, request } = message;
  const name = idOf(request);
  const listener = listeners.ensure(name, { ...request, user: userOf(worker) });
  const reply = { cmd: WORKER_COMMAND, type: 'listen-reply', id, listener: name } as const;
  const errno = typeof listener === 'number' ? listener : listener.join(worker) ? 0 : EADDRINUSE;
  if (errno !== 0 || typeof listener === 'number') refuse(journal, worker, message, errno);
  else {
    worker.send({
      ...reply,
      errno,
      sockname: listener.sockName(),
      countEnded: listener.countsEnded === true,
      data: listener.request.data,
    });
    // Only now does the worker know what connections and sockets of this listener are for.
    listener.onWorkersChanged();
  }
}

function refuse(journal: Journal, worker: Worker, { id, request }: ListenMessage, errno: number): void {
  journal.append(listenFailed(worker, request, errno));
  worker.send({
    ...{ cmd: WORKER_COMMAND, type: 'listen-reply', id, listener: idOf(request) },
    ...{ errno, sockname: null, countEnded: false },
  });
}

/** A worker whose channel is in other hands may send anything. */
const isRequest = (request: unknown): boolean => typeof request === 'object' && request !== null;

const userOf = ({ start }: Worker): BindRequest['user'] => fileUserOf(start.uid, start.gid);

/** Where nobody listens any more the client is hung up on, as the worker itself would have done. */
function takeBack(listener: Listener | undefined, connection: RawHandle): void {
  if (listener === undefined) connection.close();
  else listener.takeBack(connection);
}

function listenFailed(worker: Worker, request: ListenRequest, errno: number): NewShimEvent {
  const address = { port: request.port, address: request.address, family: request.addressType };
  const error = getSystemErrorName(errno);
  return { type: 'listen-failed', key: worker.start.key, address, error, atMs: Date.now() };
}

function openListener(id: string, request: BindRequest, settings: () => GroupSettings): Listener | number {
  const { balance } = settings();
  return balance === 'shared' || balance === 'reuseport'
    ? openKernelListener(id, request, balance, settings)
    : openQueueListener(id, request, POLICIES[balance](), settings);
}

/** Port 0 asks for any port: the nth such listen of each worker means the same listener. */
const idOf = ({ address, port, addressType, flags, index }: ListenRequest): string =>
  [addressType, address ?? '*', port ?? '', flags, port === 0 ? index : ''].join('|');
