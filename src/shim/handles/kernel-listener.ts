import type { GroupSettings } from '../../protocol/shim';
import { WORKER_COMMAND, type ToWorker } from '../../protocol/worker';
import type { Worker } from '../workers/worker';
import { Courier } from './courier';
import { isEligible, type Listener } from './listener';
import { roundRobin } from './round-robin';
import {
  bindSocket,
  type BindRequest,
  probeAddress,
  sockNameOf,
  type RawHandle,
  type SockName,
} from './sockets';

/** libuv's UV_TCP_REUSEPORT, since 1.49 (Node 22.12); Node has no public name for it on a handle. */
const REUSE_PORT_FLAG = 2;

/** When a worker that was out of descriptors is sent its sockets again. */
const SEND_AGAIN_MS = 500;

/** One listening socket and the workers that hold a copy of it. */
interface Socket {
  readonly number: number;
  readonly handle: RawHandle;
  readonly holders: Set<Worker>;
  /** They had no descriptor for it a moment ago. */
  readonly lostBy: Set<Worker>;
  /** Clients can connect. */
  isOpen: boolean;
}

/**
 * Workers accept by themselves, from listening sockets that the shim opened and keeps: what the kernel has queued
 * on a socket waits there for the next holder, so the end of a worker costs no connection.
 *
 * `shared`: one socket for all. `reuseport`: one per slot, the kernel spreads evenly over them; the socket of a
 * slot without a worker is lent to another worker until the slot is filled again. A socket is never closed while
 * the app is wanted, because closing resets what it has queued; after a scale-down it stays lent.
 */
class KernelListener implements Omit<Listener, 'acknowledge' | 'takeBack'> {
  private readonly members = new Set<Worker>();
  private readonly sockets = new Map<number, Socket>();
  private sendAgain: NodeJS.Timeout | undefined;

  constructor(
    readonly id: string,
    readonly request: BindRequest,
    first: RawHandle,
    private readonly perSlot: boolean,
  ) {
    this.sockets.set(0, newSocket(0, first));
  }

  workers(): readonly Worker[] {
    return [...this.members];
  }

  join(worker: Worker): boolean {
    if (this.members.has(worker)) return false;
    this.members.add(worker);
    const first = this.sockets.get(0);
    if (first !== undefined) openForClients(this, first, worker);
    return true;
  }

  leave(worker: Worker): void {
    if (!this.members.delete(worker)) return;
    for (const { holders } of this.sockets.values()) holders.delete(worker);
    this.onWorkersChanged();
  }

  /** Every eligible worker holds its own socket; a socket that nobody of its own holds is lent. */
  onWorkersChanged(): void {
    const eligible = [...this.members].filter(isEligible);
    for (const worker of eligible) {
      const socket = this.socketOf(worker);
      if (socket !== null) give(this, socket, worker);
    }
    if (!this.perSlot) return;
    for (const socket of this.sockets.values()) lendOrTakeBack(this, this.sockets, socket, eligible);
  }

  /** Meanwhile another accepts from it; what waits on it is lost to nobody. */
  onSocketLost(worker: Worker, number: number): void {
    const socket = this.sockets.get(number);
    if (socket?.holders.delete(worker) !== true) return;
    socket.lostBy.add(worker);
    this.onWorkersChanged();
    this.sendAgain ??= setTimeout(() => {
      this.sendAgain = undefined;
      for (const { lostBy } of this.sockets.values()) lostBy.clear();
      this.onWorkersChanged();
    }, SEND_AGAIN_MS);
  }

  sockName(): SockName | null {
    const first = this.sockets.get(0);
    return first === undefined ? null : sockNameOf(first.handle);
  }

  close(): void {
    clearTimeout(this.sendAgain);
    for (const { handle } of this.sockets.values()) handle.close();
    this.sockets.clear();
  }

  private socketOf(worker: Worker): Socket | null {
    const number = this.perSlot ? worker.start.slot : 0;
    const known = this.sockets.get(number);
    if (known !== undefined) return known;
    const handle = bindSocket({
      ...this.request,
      port: this.sockName()?.port ?? this.request.port,
      flags: this.request.flags | REUSE_PORT_FLAG,
    });
    // No socket of its own (descriptors ran out, say): the others serve, and the next change tries again.
    if (typeof handle === 'number') return null;
    const socket = newSocket(number, handle);
    this.sockets.set(number, socket);
    return socket;
  }
}

const newSocket = (number: number, handle: RawHandle): Socket => ({
  number,
  handle,
  holders: new Set(),
  lostBy: new Set(),
  isOpen: false,
});

type Named = Pick<Listener, 'id' | 'request'>;

function give(listener: Named, socket: Socket, worker: Worker): void {
  if (socket.holders.has(worker) || socket.lostBy.has(worker)) return;
  socket.holders.add(worker);
  worker.send(messageOf(listener, socket), socket.handle, () => {
    socket.holders.delete(worker);
  });
}

function lendOrTakeBack(
  listener: Named,
  sockets: ReadonlyMap<number, Socket>,
  socket: Socket,
  eligible: readonly Worker[],
): void {
  const { number, holders, lostBy } = socket;
  const able = eligible.filter((worker) => !lostBy.has(worker));
  if (able.some((worker) => worker.start.slot === number)) {
    for (const holder of holders) {
      if (holder.start.slot === number) continue;
      holders.delete(holder);
      holder.send({ cmd: WORKER_COMMAND, type: 'return-socket', listener: listener.id, socket: number });
    }
  } else if (![...holders].some(isEligible)) {
    const load = (worker: Worker): number =>
      [...sockets.values()].filter((other) => other.holders.has(worker)).length;
    const [neighbour] = able.toSorted((a, b) => load(a) - load(b));
    if (neighbour !== undefined) give(listener, socket, neighbour);
  }
}

/**
 * Whoever listens can be connected to, even if the worker may not accept yet. The shim cannot listen without
 * accepting; the worker can, because it may close its copy at once.
 */
function openForClients(listener: Named, socket: Socket, worker: Worker): void {
  if (socket.isOpen) return;
  socket.isOpen = worker.send({ ...messageOf(listener, socket), notYet: true }, socket.handle, () => {
    socket.isOpen = false;
  });
}

const messageOf = ({ id, request }: Named, { number }: Socket): Extract<ToWorker, { type: 'socket' }> => ({
  cmd: WORKER_COMMAND,
  type: 'socket',
  listener: id,
  socket: number,
  backlog: request.backlog,
});

/** A negative number is libuv's error. */
export function openKernelListener(
  id: string,
  request: BindRequest,
  balance: 'shared' | 'reuseport',
  settings: () => GroupSettings,
): Listener | number {
  // A Unix socket has no reuseport; one socket for all is the nearest.
  const perSlot = balance === 'reuseport' && request.addressType !== -1;
  // A reuseport socket binds beside another app's without a word: ask first, without the flag.
  const inUse = probeAddress(request);
  if (inUse !== 0) return inUse;
  const handle = bindSocket(perSlot ? { ...request, flags: request.flags | REUSE_PORT_FLAG } : request);
  if (typeof handle === 'number') return handle;
  const courier = new Courier(id, roundRobin(), settings);
  return withCourier(new KernelListener(id, request, handle, perSlot), courier);
}

/** Connections that a leaving worker returns are not on any listening socket: these the shim does pass on. */
function withCourier(listener: KernelListener, courier: Courier): Listener {
  return {
    id: listener.id,
    request: listener.request,
    workers: () => listener.workers(),
    join: (worker) => courier.join(worker) && listener.join(worker),
    leave: (worker) => {
      listener.leave(worker);
      courier.leave(worker);
    },
    onWorkersChanged: () => {
      listener.onWorkersChanged();
      courier.deliver();
    },
    onSocketLost: (worker, socket) => listener.onSocketLost(worker, socket),
    acknowledge: (worker, answer) => courier.acknowledge(worker, answer),
    takeBack: (connection) => courier.enter(connection),
    sockName: () => listener.sockName(),
    close: () => {
      listener.close();
      courier.close();
    },
  };
}
