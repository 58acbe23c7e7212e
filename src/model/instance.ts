import type { ExitCause } from './exit-cause';
export type { ExitCause };

/** PM2's words for the state of an instance (PM2-FACTS §4.3). */
export type InstanceStatus = 'launching' | 'online' | 'stopping' | 'stopped' | 'errored' | 'waiting restart';

/**
 * Which OS process: a pid alone is none (pids are reused).
 * `startTicks` is field 22 of /proc/<pid>/stat; `bootId` tells reboots apart.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
}

/** One end of one worker, kept with the instance (newest last, at most {@link MAX_KEPT_EXITS}). */
export interface ExitReport {
  readonly atMs: number;
  readonly pid: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly uptimeMs: number;
  readonly cause: ExitCause;
  /** The cause as a sentence: `it crashed with exit code 1`. Absent in reports of a God before it. */
  readonly words?: string;
  /** What was decided and why, in words: `restart in 200 ms (2nd quick exit)`. */
  readonly decision: string;
  /** Last lines of stderr before the end, from the one that names the error; at most 10 lines / 2 KB. */
  readonly stderrTail: readonly string[];
}

/** Ten: enough to see a pattern in `describe`, small enough for state.json. */
export const MAX_KEPT_EXITS = 10;

/** Address that an instance listens on, as seen by its server: `:3000`, `127.0.0.1:3000`, `/run/x.sock`. */
export interface ListenAddress {
  /** null for a Unix socket. */
  readonly port: number | null;
  /** null: every interface. Path for a Unix socket. */
  readonly address: string | null;
  readonly family: 4 | 6 | -1;
}

/** One instance as shown to users (`list --json`); the shape is ours and public. */
export interface InstanceView {
  readonly id: number;
  readonly app: string;
  readonly name: string;
  readonly namespace: string;
  /** Absolute path of what runs. Gods before this addition do not tell it. */
  readonly script?: string;
  readonly version: string;
  /** Which version of the app it runs: `pm history`. Gods before generations say nothing. */
  readonly generation?: number;
  /** The number of the instance within its app, from 0 (NODE_APP_INSTANCE). */
  readonly slot: number;
  readonly mode: 'fork' | 'cluster';
  readonly status: InstanceStatus;
  /** 0 when there is no process. */
  readonly pid: number;
  /** Epoch ms of the start of the current worker; null without one. */
  readonly startedAtMs: number | null;
  readonly createdAtMs: number;
  readonly restarts: number;
  readonly unstableRestarts: number;
  readonly uniqueId: string;
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly user: string;
  readonly watching: boolean;
  readonly listening: readonly ListenAddress[];
  /** Why it is in this state, in words: `ready message`, `stopped by command`, `limit: 16 quick exits`. */
  readonly reason: string;
  /** Epoch ms of the next start while `waiting restart`. */
  readonly nextStartAtMs: number | null;
  readonly exits: readonly ExitReport[];
  /** What the last reload of the app ended with, when it failed. */
  readonly lastRolloutError: string | null;
  readonly nodeVersion: string | null;
  readonly outLogPath: string;
  readonly errorLogPath: string;
  /** `log_file`: both streams; absent without one. */
  readonly combinedLogPath?: string;
  /** How lines are written; absent: byte for byte. `pattern` is dayjs', empty for the ISO stamps of `json`. */
  readonly logFormat?: { readonly kind: 'stamp' | 'json'; readonly pattern: string };
  readonly pidPath: string;
  /** The `--env` that the app was started with. */
  readonly envName?: string;
  /** The name of its files in the home, where it is not that of the app. */
  readonly fileBase?: string;
  /** PM2's flag of `pm monitor`; null: never said. */
  readonly monitored?: boolean | null;
}

/** What the table of `pm list` shows: a third of a record. */
export const ROW_FIELDS = [
  'id',
  'name',
  'namespace',
  'version',
  'mode',
  'pid',
  'startedAtMs',
  'restarts',
  'status',
  'cpuPercent',
  'memoryBytes',
  'user',
  'watching',
  'exits',
] as const satisfies readonly (keyof InstanceView)[];

/** One instance in the table of `pm list`. */
export type InstanceRow = Pick<InstanceView, (typeof ROW_FIELDS)[number]>;
