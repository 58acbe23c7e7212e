import type { GroupSettings } from '../../protocol/shim';
import { WORKER_COMMAND, type ListenRequest } from '../../protocol/worker';
import type { Worker } from '../workers/worker';
import type { BalancePolicy } from './policy';
import { bindSocket, sockNameOf, type RawHandle, type SockName } from './sockets';

/**
 * One connection at a time is under way to a worker: Node's IPC sends handles one by one anyway, and a worker
 * that is busy or hung then holds up one client, not a queue of them.
 */
const MAX_UNACKNOWLEDGED = 1;
/** How often waiting connections are looked at for their deadline; it is half a minute by default. */
const SWEEP_MS = 500;

interface Connection {
  readonly id: number;
  readonly handle: RawHandle;
  readonly sinceTick: number;
}

class Member {
  readonly underWay = new Map<number, Connection>();

  constructor(readonly worker: Worker) {}

  get unacknowledged(): number {
    return this.underWay.size;
  }

  get isFree(): boolean {
    return this.worker.admitted && !this.worker.retiring && this.unacknowledged < MAX_UNACKNOWLEDGED;
  }
}

/**
 * A listening socket whose connections the shim accepts itself and hands on. It keeps its own copy of each until
 * the worker acknowledges it, so a worker that dies first costs nobody a connection; with no worker there they wait.
 */
export class QueueListener {
  private readonly members = new Map<Worker, Member>();
  private waiting: Connection[] = [];
  private sweeper: NodeJS.Timeout | undefined;
  private lastId = 0;

  private constructor(
    readonly id: string,
    readonly request: ListenRequest,
    private readonly handle: RawHandle,
    private readonly policy: BalancePolicy<Member>,
    private readonly settings: () => GroupSettings,
  ) {
    handle.onconnection = (error, client) => {
      if (error === 0 && client !== undefined) this.accept(client);
    };
  }

  /** A negative number is libuv's error. */
  static open(id: string, request: ListenRequest, policy: BalancePolicy<never>, settings: () => GroupSettings): QueueListener | number {
    const handle = bindSocket(request);
    if (typeof handle === 'number') return handle;
    const listener = new QueueListener(id, request, handle, policy as BalancePolicy<Member>, settings);
    const error = handle.listen(request.backlog > 0 ? request.backlog : 511);
    if (error === 0) return listener;
    handle.close();
    return error;
  }

  get isWanted(): boolean {
    return this.members.size > 0;
  }

  sockName(): SockName | null {
    return sockNameOf(this.handle);
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
    this.takeBack(member);
    this.distribute();
  }

  acknowledge(worker: Worker, id: number, taken: boolean): void {
    const member = this.members.get(worker);
    const connection = member?.underWay.get(id);
    if (member === undefined || connection === undefined) return;
    member.underWay.delete(id);
    if (taken) connection.handle.close();
    else this.waiting.unshift(connection);
    this.distribute();
  }

  distribute(): void {
    while (this.waiting.length > 0) {
      const free = [...this.members.values()].filter((member) => member.isFree);
      if (free.length === 0) break;
      this.hand(this.waiting.shift() as Connection, this.policy.choose(free));
    }
    this.watchDeadlines();
  }

  close(): void {
    clearInterval(this.sweeper);
    this.handle.close();
    for (const { handle } of this.waiting) handle.close();
    this.waiting = [];
  }

  private accept(handle: RawHandle): void {
    if (this.waiting.length >= this.settings().maxWaiting) {
      handle.close();
      return;
    }
    this.waiting.push({ id: ++this.lastId, handle, sinceTick: performance.now() });
    this.distribute();
  }

  private hand(connection: Connection, member: Member): void {
    member.underWay.set(connection.id, connection);
    const message = { cmd: WORKER_COMMAND, type: 'connection', connection: connection.id, listener: this.id } as const;
    const onFailed = (): void => {
      this.leave(member.worker);
    };
    if (member.worker.send(message, connection.handle, onFailed)) return;
    this.members.delete(member.worker);
    this.takeBack(member);
  }

  /** Oldest first, before those that came later. */
  private takeBack(member: Member): void {
    this.waiting.unshift(...member.underWay.values());
    member.underWay.clear();
  }

  private watchDeadlines(): void {
    if (this.waiting.length === 0) {
      clearInterval(this.sweeper);
      this.sweeper = undefined;
    } else {
      this.sweeper ??= setInterval(() => {
        this.dropOverdue();
      }, SWEEP_MS);
    }
  }

  private dropOverdue(): void {
    const oldestTick = performance.now() - this.settings().waitTimeoutMs;
    const overdue = this.waiting.filter(({ sinceTick }) => sinceTick < oldestTick);
    this.waiting = this.waiting.filter(({ sinceTick }) => sinceTick >= oldestTick);
    for (const { handle } of overdue) handle.close();
    this.watchDeadlines();
  }
}
