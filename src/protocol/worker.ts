import type { ListenAddress } from '../model/instance';

/**
 * shim ⇄ preload in the user's process, over Node's own IPC channel. Every message carries `cmd: 'NODE_PM'`: Node
 * hands messages whose `cmd` starts with NODE_ to `internalMessage`, so neither the app's `message` listeners nor
 * `process.on('message')` reference counting see them.
 */
export const WORKER_COMMAND = 'NODE_PM';

/** What net.Server asks Node's cluster for; the broker finds or opens the listener of that address. */
export interface ListenRequest {
  readonly address: string | null;
  readonly port: number | null;
  readonly addressType: 4 | 6 | -1;
  readonly backlog: number;
  readonly flags: number;
  /** nth server of this worker on port 0: each gets a port of its own, the same in every worker. */
  readonly index: number;
  /** What the servers of all workers are to have in common (TLS: the keys of its session tickets). */
  readonly data?: unknown;
}

export type FromWorker =
  | { cmd: typeof WORKER_COMMAND; type: 'listen'; id: number; request: ListenRequest }
  /** The app's main module is loaded. */
  | { cmd: typeof WORKER_COMMAND; type: 'running' }
  | { cmd: typeof WORKER_COMMAND; type: 'listening'; address: ListenAddress }
  /** A server that listened there does not any more, and has no connection left. */
  | { cmd: typeof WORKER_COMMAND; type: 'closed'; address: ListenAddress }
  /** A listen that the broker was not asked for has failed. */
  | { cmd: typeof WORKER_COMMAND; type: 'listen-failed'; address: ListenAddress; error: string }
  | { cmd: typeof WORKER_COMMAND; type: 'close'; listener: string }
  /**
   * The connection arrived: the shim may drop its copy. `taken: false`: give it to another. `lost`: its message came
   * without it, because this process is out of descriptors.
   */
  | {
      cmd: typeof WORKER_COMMAND;
      type: 'ack';
      listener: string;
      connection: number;
      taken: boolean;
      lost?: boolean;
    }
  /** A listening socket did not arrive, because this process is out of descriptors. */
  | { cmd: typeof WORKER_COMMAND; type: 'socket-lost'; listener: string; socket: number }
  /** So many connections of that listener have ended since the last such message. */
  | { cmd: typeof WORKER_COMMAND; type: 'ended'; listener: string; count: number }
  | { cmd: typeof WORKER_COMMAND; type: 'fence' }
  /** It will leave by itself, once it has drained. */
  | { cmd: typeof WORKER_COMMAND; type: 'offline'; why: string }
  /** Comes with the handle of an idle connection of that listener, for another worker. */
  | { cmd: typeof WORKER_COMMAND; type: 'return-connection'; listener: string }
  /** Nothing is open any more: the stop signal may come. */
  | { cmd: typeof WORKER_COMMAND; type: 'drained' };

export type ToWorker =
  | {
      cmd: typeof WORKER_COMMAND;
      type: 'listen-reply';
      id: number;
      listener: string;
      errno: number;
      /** Tell how many of its connections have ended (`ended`). */
      countEnded: boolean;
      sockname: { address?: string; family?: string; port?: number } | null;
      /** The `data` of the first worker that asked for this listener. */
      data?: unknown;
    }
  /** Comes with the connection's handle. `final`: nobody else will take it. */
  | { cmd: typeof WORKER_COMMAND; type: 'connection'; connection: number; listener: string; final: boolean }
  /** Comes with a listening socket's handle: accept from it; `notYet`: only open it, nobody may accept so far. */
  | {
      cmd: typeof WORKER_COMMAND;
      type: 'socket';
      listener: string;
      socket: number;
      backlog: number;
      notYet?: boolean;
    }
  /** Another worker accepts from that socket again. */
  | { cmd: typeof WORKER_COMMAND; type: 'return-socket'; listener: string; socket: number }
  | { cmd: typeof WORKER_COMMAND; type: 'drain' }
  /** The stop signal is out: nothing of ours keeps the process alive any more. */
  | { cmd: typeof WORKER_COMMAND; type: 'signalled' }
  /** `takesBack`: idle connections may be returned. */
  | { cmd: typeof WORKER_COMMAND; type: 'fence-reply'; takesBack?: boolean };

/** Tells the preload to switch Node's source maps on; removed as well. */
export const SOURCE_MAPS_ENV = 'PM_WORKER_SOURCE_MAPS';

/** The variable that tells the preload what it is; removed from the app's environment before the app runs. */
export const WORKER_ENV = 'PM_WORKER_PRELOAD';

/**
 * How long, in ms, a worker may drain after an uncaught exception before it exits; absent: it ends at once, as Node
 * does. Removed as the one above.
 */
export const UNCAUGHT_ENV = 'PM_WORKER_UNCAUGHT_DRAIN_MS';
