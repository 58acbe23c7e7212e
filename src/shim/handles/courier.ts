import { failpoint } from '../../platform';
import type { GroupSettings } from '../../protocol/shim';
import { WORKER_COMMAND } from '../../protocol/worker';
import type { Worker } from '../workers/worker';
import { isEligible, type ConnectionAnswer } from './listener';
import type { BalancePolicy } from './policy';
import { peerAddressOf, type RawHandle } from './sockets';
import { WaitingRoom, type Connection } from './waiting-room';

/** A worker that listens. */
class Member {
  readonly underWay = new Map<number, Connection>();
  readonly slot: number;
  open = 0;

  constructor(readonly worker: Worker) {
    this.slot = worker.start.slot;
  }
}

/**
 * Brings the connections of a listener to its workers. It keeps its own copy of each until the worker acknowledges it,
 * so a worker that dies first costs nobody a connection; with no worker there they wait.
 */
export class Courier {
  private readonly members = new Map<Worker, Member>();
  private readonly waiting = new WaitingRoom(() => this.settings().waitTimeoutMs);
  private lastId = 0;

  constructor(
    private readonly listener: string,
    private readonly policy: BalancePolicy,
    private readonly settings: () => GroupSettings,
  ) {}

  /** False: it has joined before. */
  join(worker: Worker): boolean {
    if (this.members.has(worker)) return false;
    this.members.set(worker, new Member(worker));
    return true;
  }

  workers(): readonly Worker[] {
    return [...this.members.keys()];
  }

  /** What was under way to it goes to others. */
  leave(worker: Worker): void {
    const member = this.members.get(worker);
    if (member === undefined) return;
    this.members.delete(worker);
    this.waiting.reenter(member.underWay.values());
    member.underWay.clear();
    this.deliver();
  }

  /** A new connection; one too many is hung up on. */
  enter(connection: RawHandle): void {
    if (this.waiting.size + waitingThere(this.members.values(), this.policy) >= this.settings().maxWaiting) {
      connection.close();
      return;
    }
    this.waiting.enter({
      id: ++this.lastId,
      handle: connection,
      sinceTick: performance.now(),
      refusals: 0,
      refusedBy: null,
    });
    this.deliver();
  }

  acknowledge(worker: Worker, { connection: id, taken, lost = false }: ConnectionAnswer): void {
    const member = this.members.get(worker);
    const connection = member?.underWay.get(id);
    if (member === undefined || connection === undefined) return;
    member.underWay.delete(id);
    if (!taken) {
      connection.refusals++;
      connection.refusedBy = worker;
    }
    // Where every worker is out of descriptors the client is hung up on, as a server without us would.
    if (taken || (lost && connection.refusals >= this.members.size)) connection.handle.close();
    else this.waiting.reenter([connection]);
    if (taken && this.policy.countsOpen) member.open++;
    this.deliver();
  }

  onEnded(worker: Worker, count: number): void {
    const member = this.members.get(worker);
    if (member !== undefined) member.open = Math.max(0, member.open - count);
  }

  /** Gives connections to workers as long as there are both. */
  deliver(): void {
    for (;;) {
      const free = [...this.members.values()].filter(
        ({ worker, underWay }) => isEligible(worker) && underWay.size < this.policy.maxUnderWay,
      );
      const next = free.length === 0 ? undefined : this.waiting.next();
      if (next === undefined) break;
      const member = this.policy.choose(candidatesFor(next, free, this.policy), () =>
        peerAddressOf(next.handle),
      );
      // A worker at its maxConnections may refuse, but when all have, one drops it, as it would without us.
      const final = next.refusals >= this.members.size - 1;
      hand(this.listener, next, final, member, () => {
        this.leave(member.worker);
      });
    }
    this.waiting.watchDeadlines();
  }

  close(): void {
    this.waiting.close();
  }
}

/** Those on their way to a worker that may hang; only where it is sticky are they more than one a worker. */
function waitingThere(members: Iterable<Member>, { isSticky }: BalancePolicy): number {
  return isSticky ? [...members].reduce((count, { underWay }) => count + underWay.size, 0) : 0;
}

/** Who has just sent it back comes last, whatever the policy thinks of him. */
function candidatesFor(
  { refusedBy }: Connection,
  free: readonly Member[],
  { isSticky }: BalancePolicy,
): readonly Member[] {
  const others = free.filter(({ worker }) => worker !== refusedBy);
  return isSticky || others.length === 0 ? free : others;
}

function hand(
  listener: string,
  connection: Connection,
  final: boolean,
  member: Member,
  onFailed: () => void,
): void {
  failpoint('connection');
  member.underWay.set(connection.id, connection);
  const { id, handle } = connection;
  const message = { cmd: WORKER_COMMAND, type: 'connection', connection: id, listener, final } as const;
  if (!member.worker.send(message, handle, onFailed)) onFailed();
}
