import type { FromWorker, ListenRequest } from '../../protocol/worker';
import type { Worker } from '../workers/worker';
import type { RawHandle, SockName } from './sockets';

/** What a worker says of a connection that it was sent. */
export type ConnectionAnswer = Extract<FromWorker, { type: 'ack' }>;

/**
 * A listening address of a cluster app, whatever the balance. The shim keeps it open over the life of every
 * worker; which worker a connection goes to is the implementation's affair.
 */
export interface Listener {
  readonly id: string;
  readonly request: ListenRequest;
  /** Those that listen here. */
  workers(): readonly Worker[];
  /**
   * False: this worker listens here already, which is an EADDRINUSE for it as it would be without us. It is given
   * nothing before the next {@link onWorkersChanged}: its answer goes first.
   */
  join(worker: Worker): boolean;
  /** The worker closed its server, or cannot be reached any more. */
  leave(worker: Worker): void;
  /** Workers may have been admitted or retired. */
  onWorkersChanged(): void;
  /** A worker has answered for a connection that it was sent. */
  acknowledge(worker: Worker, answer: ConnectionAnswer): void;
  /** An idle connection of a worker that leaves, for another one. */
  takeBack(connection: RawHandle): void;
  /** Workers tell how many of their connections have ended; only where the balance needs it. */
  readonly countsEnded?: boolean;
  /** Some connections that this worker was given have ended. */
  onEnded?(worker: Worker, count: number): void;
  /** A listening socket that a worker was sent did not arrive: it was out of descriptors. */
  onSocketLost?(worker: Worker, socket: number): void;
  sockName(): SockName | null;
  close(): void;
}

/** Told to leave, or leaving by itself: its place is another's. */
export const isLeaving = (worker: Worker): boolean => worker.stopper.isRetiring() || worker.facts.offline;

/** May be given connections now. */
export const isEligible = (worker: Worker): boolean => worker.facts.admitted && !isLeaving(worker);
