import type { ListenAddress, ProcessIdentity } from '../model/instance';

/**
 * God ⇄ shim, over axon req/rep on `shims/<id>/sock`. God calls, the shim answers; what happens in the shim is
 * fetched by God with `events` (a long poll), so one connection carries everything in order.
 *
 * Shims outlive Gods: this file changes by addition only. A field added later is optional; a God must cope with a
 * shim that does not know it. `SHIM_PROTOCOL` counts additions; `hello` carries it both ways.
 *
 * Order of events of one worker is a contract: started < (running | listening | closed | ready | offline)* < exited, and exited exactly once.
 */
export const SHIM_PROTOCOL = 5;

/**
 * The variable that carries the key of the worker in the environment of an app, and so of all that it starts: by it a
 * stop finds descendants that have left group and parent. Never handed on to our own daemons (launch/environment.ts).
 */
export const WORKER_MARK = 'PM_WORKER';

/** What a shim parents: every fork app, or the workers of one cluster app. */
export type ShimKind = 'fork' | 'cluster';

/** `shims/<id>/json`: how the next God finds and verifies a shim. Written by the shim before it listens. */
export interface ShimRecord {
  readonly id: string;
  readonly kind: ShimKind;
  readonly protocol: number;
  readonly version: string;
  readonly process: ProcessIdentity;
  readonly bootId: string;
}

/** Where the streams of a worker go, and how. A path of null: nowhere. */
export interface WorkerLogs {
  readonly outPath: string | null;
  readonly errorPath: string | null;
  /** Both streams, beside their own files. */
  readonly combinedPath?: string | null;
  /** Absent: byte for byte. */
  readonly format?: LogFormat;
  /** Absent: `auto`. */
  readonly overflow?: LogOverflow;
  /** Absent: never rotated. */
  readonly rotation?: LogRotation;
}

export interface LogFormat {
  /** `stamp`: a time stamp before each line. `json`: one record (logs/record.ts) a line. */
  readonly kind: 'stamp' | 'json';
  /** dayjs pattern; empty for `json` means ISO. */
  readonly pattern: string;
  readonly appName: string;
  readonly instanceId: number;
}

/**
 * What happens when output comes faster than the disk takes it. `block`: the app waits, however long. `drop`: it never
 * waits; what has no room is dropped, counted, and marked. `auto`: it waits for a slow disk, not for a full one.
 */
export type LogOverflow = 'auto' | 'block' | 'drop';

/** When a log file is moved aside, and what becomes of it. */
export interface LogRotation {
  /** 0: not by size. */
  readonly maxBytes: number;
  /** How many rotated files stay. */
  readonly keep: number;
  /** null: as long as there are no more than `keep`. */
  readonly maxAgeMs: number | null;
  readonly compress: boolean;
}

/** All that the shim needs to start one worker; God decides every value of it. */
export interface WorkerStart {
  /** Unique for ever within a home: `<instance id>.<incarnation>`. Starting a known key again is a no-op. */
  readonly key: string;
  readonly instanceId: number;
  readonly slot: number;
  readonly mode: ShimKind;
  /** Absolute interpreter, or null: `script` is executed itself. */
  readonly interpreter: string | null;
  readonly interpreterArgs: readonly string[];
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The complete environment; the shim adds nothing but what its own mechanism needs. */
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  /** The uid is in /etc/passwd: the worker gets all the groups of that user. A shim before this field gives none. */
  readonly initGroups?: boolean;
  /** A Node app gets the preload (ready, drain, handle sharing). */
  readonly preload: boolean;
  readonly logs: WorkerLogs;
  /** How what it leaves behind is ended when it ends by itself. Absent: it is let be. Since SHIM_PROTOCOL 5. */
  readonly leftovers?: Leftovers;
  /** Which God says so ({@link ShimApi.hello}); a start by one that has a successor is refused. */
  readonly god?: number;
}

/** Processes of a worker's tree that outlive it. */
export interface Leftovers {
  readonly signal: string;
  /** After this long: SIGKILL. */
  readonly killAfterMs: number;
  /** Not after an end with code 0, which nobody follows: a launcher has done its work. */
  readonly keepAfterZero: boolean;
}

/** How the shim ends a worker: the rungs are tried in order, each with its own time. */
export interface StopLadder {
  /** Cluster workers first finish their requests, for at most this long. 0: no drain. */
  readonly drainMs: number;
  /** First signal, or null with `message`. */
  readonly signal: string | null;
  /** IPC message sent instead of a signal. */
  readonly message?: string;
  /** After this long without an end: SIGKILL. */
  readonly killAfterMs: number;
  /** Signal the whole tree. */
  readonly tree: boolean;
  /** How often it is looked whether the rest of the tree has gone. A shim before this field: 20. */
  readonly lookEveryMs?: number;
}

export interface WorkerReport {
  readonly key: string;
  readonly instanceId: number;
  readonly slot: number;
  readonly process: ProcessIdentity;
  readonly startedAtMs: number;
  readonly readySent: boolean;
  /** When its main module was loaded; null: it is not. Absent: nobody will tell. Since SHIM_PROTOCOL 5. */
  readonly runningAtMs?: number | null;
  readonly listening: readonly ListenAddress[];
  /** The broker may give it connections. */
  readonly admitted: boolean;
  readonly retiring: boolean;
}

/** What happened, each with the shim's own running number. Kept until acknowledged. */
export type ShimEvent =
  | {
      readonly seq: number;
      readonly type: 'started';
      readonly key: string;
      readonly process: ProcessIdentity;
      readonly atMs: number;
      /** `running` will follow. Since SHIM_PROTOCOL 5. */
      readonly tellsRunning?: true;
    }
  /** Its main module is loaded. Since SHIM_PROTOCOL 5. */
  | { readonly seq: number; readonly type: 'running'; readonly key: string; readonly atMs: number }
  /** It never ran: no `exited` follows. `error` is the system's wording (`spawn ENOENT`). */
  | {
      readonly seq: number;
      readonly type: 'spawn-failed';
      readonly key: string;
      readonly error: string;
      readonly atMs: number;
    }
  | { readonly seq: number; readonly type: 'ready'; readonly key: string; readonly atMs: number }
  | {
      readonly seq: number;
      readonly type: 'listening';
      readonly key: string;
      readonly address: ListenAddress;
      readonly atMs: number;
    }
  /** It does not listen there any more, by its own choice: not told of one that leaves. Since SHIM_PROTOCOL 4. */
  | {
      readonly seq: number;
      readonly type: 'closed';
      readonly key: string;
      readonly address: ListenAddress;
      readonly atMs: number;
    }
  /** A listen failed in the worker: `EADDRINUSE` … */
  | {
      readonly seq: number;
      readonly type: 'listen-failed';
      readonly key: string;
      readonly address: ListenAddress;
      readonly error: string;
      readonly atMs: number;
    }
  /** It will leave: it gets no connection any more, and another should have its place. Since SHIM_PROTOCOL 3. */
  | {
      readonly seq: number;
      readonly type: 'offline';
      readonly key: string;
      readonly why: string;
      readonly atMs: number;
    }
  | {
      readonly seq: number;
      readonly type: 'exited';
      readonly key: string;
      readonly pid: number;
      readonly code: number | null;
      readonly signal: string | null;
      readonly atMs: number;
      readonly uptimeMs: number;
      /** Its last lines on stderr; more than are kept, so that what Node says before it aborts is among them. */
      readonly stderrTail: readonly string[];
      /** The kernel's counter of processes killed for want of memory rose while it ran: of its cgroup, or the machine's. */
      readonly oomKill?: 'cgroup' | 'machine';
      /** Processes of its tree that not even SIGKILL has ended; absent: none. */
      readonly leftovers?: readonly number[];
      /** Processes of its tree that go on, because it ended with code 0. Since SHIM_PROTOCOL 5. */
      readonly leftAlone?: readonly ProcessIdentity[];
    };

/** An event before the journal gives it a number. */
export type NewShimEvent = ShimEvent extends infer E ? (E extends ShimEvent ? Omit<E, 'seq'> : never) : never;

/** Settings of the group that God may set at any time before or between starts. */
export interface GroupSettings {
  readonly balance: 'round-robin' | 'least-connections' | 'ip-hash' | 'shared' | 'reuseport';
  /** How many accepted connections may wait for a worker before the next is refused. */
  readonly maxWaiting: number;
  /** How long one may wait. */
  readonly waitTimeoutMs: number;
}

/** Method → params and result. Both ends derive their types from it. */
export interface ShimApi {
  /**
   * `god` counts up from God to God (its start in ticks since boot). A start that a dead God had sent may be read only
   * after its successor has taken its snapshot: it would give that one a worker that it knows nothing of.
   */
  hello: {
    params: { version: string; protocol: number; god?: number };
    result: ShimRecord & { nodeVersion: string };
  };
  /** Everything the shim has now; the base for adoption. `seq` is the number of the newest event. */
  snapshot: { params: Record<never, never>; result: { workers: WorkerReport[]; seq: number } };
  configure: { params: GroupSettings; result: Record<never, never> };
  /** Answers when the process is spawned or known to have failed; the outcome comes as an event too. */
  start: { params: WorkerStart; result: Record<never, never> };
  /** The worker has proven itself: give it connections. Unknown key: ignored. */
  admit: { params: { key: string }; result: Record<never, never> };
  /** All at once: these get connections, and those none any more. Shims before this addition refuse it as unknown. */
  switch: {
    params: { admit: string[]; retire: { key: string; ladder: StopLadder }[] };
    result: Record<never, never>;
  };
  /** Answers at once; `exited` tells the end. A second one with shorter times overtakes the first. */
  retire: { params: { key: string; ladder: StopLadder }; result: Record<never, never> };
  signal: { params: { key: string; signal: string }; result: { delivered: boolean } };
  /** Text to the standard input of a worker. */
  input: { params: { key: string; text: string }; result: { delivered: boolean } };
  /** Events with seq > ack, oldest first; waits up to waitMs for the first. Those ≤ ack are forgotten. */
  events: { params: { ack: number; waitMs: number }; result: { events: ShimEvent[] } };
  /** Close listeners that no worker wants (the app was stopped). */
  closeListeners: { params: Record<never, never>; result: Record<never, never> };
  reopenLogs: { params: Record<never, never>; result: Record<never, never> };
  /** Moves the log files of these workers aside, each file once; empty ones stay. Since SHIM_PROTOCOL 2. */
  rotateLogs: { params: { keys: readonly string[] }; result: Record<never, never> };
  /** Refused while it has workers. The shim removes its socket and record and exits. */
  quit: { params: Record<never, never>; result: Record<never, never> };
}
