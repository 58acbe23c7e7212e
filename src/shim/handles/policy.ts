/** A worker as a target of connections. */
export interface Candidate {
  /** Connections given and not yet acknowledged. */
  readonly unacknowledged: number;
}

/**
 * Chooses among the workers that may get the next connection (at least one); one file per policy. `shared` and
 * `reuseport` choose nothing (the kernel does) and will stand beside the queue, not behind this interface.
 */
export interface BalancePolicy<C extends Candidate> {
  choose(free: readonly C[]): C;
}
