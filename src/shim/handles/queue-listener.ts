import type { GroupSettings } from '../../protocol/shim';
import { WORKER_COMMAND, type ListenRequest } from '../../protocol/worker';
import type { Worker } from '../workers/worker';
import { isEligible, type Listener } from './listener';
import type { BalancePolicy } from './policy';
import { bindSocket, peerAddressOf, sockNameOf, type RawHandle, type SockName } from './sockets';
import { WaitingRoom, type Connection } from './waiting-room';

/** Node's own default of `backlog`. */
const DEFAULT_BACKLOG = 511;

/** A worker that listens here. */
class Member {
  readonly underWay = new Map<number, Connection>();
  readonly slot: number;
  open = 0;

  constructor(readonly worker: Worker) {
    this.slot = worker.start.slot;
  }
}

/**
 * A listening socket whose connections the shim accepts itself and hands on. It keeps its own copy of each until
 * the worker acknowledges it, so a worker that dies first costs nobody a connection; with no worker there they wait.
 */
export class QueueListener implements Listener {
  private readonly members = new Map<Worker, Member>();
  private readonly waiting = new WaitingRoom(() => this.settings().waitTimeoutMs);

  constructor(
    readonly id: string,
    readonly request: ListenRequest,
    private readonly handle: RawHandle,
    private readonly policy: BalancePolicy,
    private readonly settings: () => GroupSettings,
    readonly countsEnded = policy.countsOpen,
  ) {
    let lastId = 0;
    handle.onconnection = (error, client) => {
      if (error !== 0 || client === undefined) return;
      if (this.waiting.size >= this.settings().maxWaiting) {
        client.close();
        return;
      }
      this.waiting.enter({ id: ++lastId, handle: client, sinceTick: performance.now(), refusals: 0 });
      this.onWorkersChanged();
    };
  }

  workers(): readonly Worker[] {
    return [...this.members.keys()];
  }

  join(worker: Worker): boolean {
    if (this.members.has(worker)) return false;
    this.members.set(worker, new Member(worker));
    return true;
  }

  /** What was under way to it goes to others. */
  leave(worker: Worker): void {
    const member = this.members.get(worker);
    if (member === undefined) return;
    this.members.delete(worker);
    this.waiting.reenter(member.underWay.values());
    member.underWay.clear();
    this.onWorkersChanged();
  }

  acknowledge(worker: Worker, id: number, taken: boolean): void {
    const member = this.members.get(worker);
    const connection = member?.underWay.get(id);
    if (member === undefined || connection === undefined) return;
    member.underWay.delete(id);
    if (taken) {
      connection.handle.close();
      if (this.policy.countsOpen) member.open++;
    } else {
      connection.refusals++;
      this.waiting.reenter([connection]);
    }
    this.onWorkersChanged();
  }

  onEnded(worker: Worker, count: number): void {
    const member = this.members.get(worker);
    if (member !== undefined) member.open = Math.max(0, member.open - count);
  }

  /** Gives connections to workers as long as there are both. */
  onWorkersChanged(): void {
    for (;;) {
      const free = [...this.members.values()].filter(
        ({ worker, underWay }) => isEligible(worker) && underWay.size < this.policy.maxUnderWay,
      );
      const next = free.length === 0 ? undefined : this.waiting.next();
      if (next === undefined) break;
      this.hand(next, this.policy.choose(free, peerAddressOf(next.handle)));
    }
    this.waiting.watchDeadlines();
  }

  sockName(): SockName | null {
    return sockNameOf(this.handle);
  }

  close(): void {
    this.handle.close();
    this.waiting.close();
  }

  private hand(connection: Connection, member: Member): void {
    member.underWay.set(connection.id, connection);
    // A worker at its maxConnections may refuse, but when all have, one drops it, as it would without us.
    const final = connection.refusals >= this.members.size - 1;
    const message = {
      cmd: WORKER_COMMAND,
      type: 'connection',
      connection: connection.id,
      listener: this.id,
      final,
    } as const;
    const onFailed = (): void => {
      this.leave(member.worker);
    };
    if (!member.worker.send(message, connection.handle, onFailed)) onFailed();
  }
}

/** Opens the socket and listens; a negative number is libuv's error. */
export function openQueueListener(
  id: string,
  request: ListenRequest,
  policy: BalancePolicy,
  settings: () => GroupSettings,
): QueueListener | number {
  const handle = bindSocket(request);
  if (typeof handle === 'number') return handle;
  const listener = new QueueListener(id, request, handle, policy, settings);
  const error = handle.listen(request.backlog > 0 ? request.backlog : DEFAULT_BACKLOG);
  if (error === 0) return listener;
  handle.close();
  return error;
}
