import type { Worker } from '../workers/worker';
import type { RawHandle } from './sockets';

/** How often waiting connections are looked at for their deadline; it is half a minute by default. */
const SWEEP_MS = 500;

/** An accepted connection that no worker has acknowledged yet. */
export interface Connection {
  readonly id: number;
  readonly handle: RawHandle;
  readonly sinceTick: number;
  /** How many workers have sent it back. */
  refusals: number;
  /** The last of them. */
  refusedBy: Worker | null;
}

/** Where connections wait for a worker, oldest first; who waits longer than the deadline is hung up on. */
export class WaitingRoom {
  private connections: Connection[] = [];
  private sweeper: NodeJS.Timeout | undefined;

  constructor(private readonly waitTimeoutMs: () => number) {}

  get size(): number {
    return this.connections.length;
  }

  enter(connection: Connection): void {
    this.connections.push(connection);
  }

  /** Connections that come back from a worker go before those that came after them. */
  reenter(connections: Iterable<Connection>): void {
    this.connections.unshift(...connections);
  }

  /** The oldest; undefined when nobody waits. */
  next(): Connection | undefined {
    return this.connections.shift();
  }

  /** To be called whenever somebody may have begun or ceased to wait. */
  watchDeadlines(): void {
    if (this.size === 0) {
      clearInterval(this.sweeper);
      this.sweeper = undefined;
    } else {
      this.sweeper ??= setInterval(() => {
        const oldestTick = performance.now() - this.waitTimeoutMs();
        this.hangUp(({ sinceTick }) => sinceTick < oldestTick);
        this.watchDeadlines();
      }, SWEEP_MS);
    }
  }

  close(): void {
    this.hangUp(() => true);
    this.watchDeadlines();
  }

  private hangUp(isOver: (connection: Connection) => boolean): void {
    const over = this.connections.filter(isOver);
    this.connections = this.connections.filter((connection) => !isOver(connection));
    for (const { handle } of over) handle.close();
  }
}
