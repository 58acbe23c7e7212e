/** A worker as a target of connections. */
export interface Candidate {
  /** The number of the instance: stays the same over restarts and reloads. */
  readonly slot: number;
  /** Connections given to it that have not ended; 0 unless the policy counts them. */
  readonly open: number;
}

/**
 * Chooses the worker of the next connection; one file per policy. The policies that leave the choice to the
 * kernel (`shared`, `reuseport`) are listeners of their own.
 */
export interface BalancePolicy {
  /**
   * How many connections may be on their way to one worker, unacknowledged. One: Node's IPC sends handles one by one
   * anyway, and a worker that is busy or hung then holds up one client, not a queue of them.
   */
  readonly maxUnderWay: number;
  /** A client gets its own worker or none, even if that one sends it back. */
  readonly isSticky: boolean;
  /** Workers report how many of their connections have ended. */
  readonly countsOpen: boolean;
  /** @param free at least one @param clientAddress asks the kernel; null for a Unix socket */
  choose<C extends Candidate>(free: readonly C[], clientAddress: () => string | null): C;
}
