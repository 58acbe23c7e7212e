import type { GroupSettings } from '../../protocol/shim';
import { WORKER_COMMAND, type ListenRequest } from '../../protocol/worker';
import type { Worker } from '../workers/worker';
import type { BalancePolicy } from './policy';
import { bindSocket, type RawHandle } from './sockets';
import { WaitingRoom, type Connection } from './waiting-room';

/**
 * One connection at a time is under way to a worker: Node's IPC sends handles one by one anyway, and a worker
 * that is busy or hung then holds up one client, not a queue of them.
 */
const MAX_UNACKNOWLEDGED = 1;
/** Node's own default of `backlog`. */
const DEFAULT_BACKLOG = 511;

/** A worker that listens here. */
class Member {
  readonly underWay = new Map<number, Connection>();

  constructor(readonly worker: Worker) {}

  get unacknowledged(): number {
    return this.underWay.size;
  }

  get isFree(): boolean {
    return (
      this.worker.facts.admitted &&
      !this.worker.stopper.isRetiring() &&
      this.unacknowledged < MAX_UNACKNOWLEDGED
    );
  }
}

/**
 * A listening socket whose connections the shim accepts itself and hands on. It keeps its own copy of each until
 * the worker acknowledges it, so a worker that dies first costs nobody a connection; with no worker there they wait.
 */
export class QueueListener {
  private readonly members = new Map<Worker, Member>();
  private readonly waiting = new WaitingRoom(() => this.settings().waitTimeoutMs);
  private lastId = 0;

  constructor(
    readonly id: string,
    readonly request: ListenRequest,
    readonly handle: RawHandle,
    private readonly policy: BalancePolicy<Member>,
    private readonly settings: () => GroupSettings,
  ) {
    handle.onconnection = (error, client) => {
      if (error === 0 && client !== undefined) this.accept(client);
    };
  }

  get isWanted(): boolean {
    return this.members.size > 0;
  }

  join(worker: Worker): void {
    if (!this.members.has(worker)) this.members.set(worker, new Member(worker));
    this.distribute();
  }

  /** The worker closed its server, or cannot be reached any more: what was under way to it goes to others. */
  leave(worker: Worker): void {
    const member = this.members.get(worker);
    if (member === undefined) return;
    this.members.delete(worker);
    this.waiting.reenter(member.underWay.values());
    member.underWay.clear();
    this.distribute();
  }

  acknowledge(worker: Worker, id: number, taken: boolean): void {
    const member = this.members.get(worker);
    const connection = member?.underWay.get(id);
    if (member === undefined || connection === undefined) return;
    member.underWay.delete(id);
    if (taken) connection.handle.close();
    else this.waiting.reenter([connection]);
    this.distribute();
  }

  distribute(): void {
    for (;;) {
      const free = [...this.members.values()].filter((member) => member.isFree);
      const next = free.length === 0 ? undefined : this.waiting.next();
      if (next === undefined) break;
      this.hand(next, this.policy.choose(free));
    }
    this.waiting.watchDeadlines();
  }

  close(): void {
    this.handle.close();
    this.waiting.close();
  }

  private accept(handle: RawHandle): void {
    if (this.waiting.size >= this.settings().maxWaiting) {
      handle.close();
      return;
    }
    this.waiting.enter({ id: ++this.lastId, handle, sinceTick: performance.now() });
    this.distribute();
  }

  private hand(connection: Connection, member: Member): void {
    member.underWay.set(connection.id, connection);
    const message = {
      cmd: WORKER_COMMAND,
      type: 'connection',
      connection: connection.id,
      listener: this.id,
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
  policy: BalancePolicy<Member>,
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
