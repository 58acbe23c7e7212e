import { ATTRIBUTE_TYPES, isRecord, type AttributeType, type AttributeTypes } from './attribute-types';

/**
 * Every attribute of an app, declared once. Types, validation, CLI options, JSON Schema, the generated
 * docs table and what `start` says about attributes without effect all come from this table.
 *
 * Facts: names, types, defaults and aliases are PM2's (PM2-FACTS §2.3); rows marked `pm` are our own.
 */

/** The behaviours that are there. An attribute whose `since` is `later` is validated, kept and shown, and
 * `start` says in one line that it has no effect yet. */
export type Effect = 'now' | 'later';

export interface AttributeDeclaration {
  /** The name in AppSpec: camelCase, with its unit. */
  readonly field: string;
  readonly type: AttributeType;
  /** Other spellings users may write; camelCase of the name itself is always one. */
  readonly aliases?: readonly string[];
  readonly default?: unknown;
  readonly values?: readonly string[];
  readonly minimum?: number;
  /** PM2 refuses what is below `minimum` too; below any other minimum of an attribute of PM2 a value is "not set". */
  readonly isMinimumOfPm2?: true;
  /** Infinity is "no limit"; elsewhere it is "not set". */
  readonly isLimit?: true;
  /** PM2 does not look at the value: one that cannot be read is "not set", with a warning. */
  readonly isLoose?: true;
  /** Of an `object`: what stands in it. */
  readonly fields?: Readonly<Record<string, AttributeDeclaration>>;
  readonly required?: true;
  /** commander flags, e.g. `-i, --instances <count>`. Absent: no CLI option (PM2-FACTS §1.3). */
  readonly option?: string;
  readonly effect: Effect;
  /** One sentence for help, docs and the schema. Units and defaults are added by whoever prints it. */
  readonly help: string;
  /** Where it is from: PM2's, or our own. */
  readonly origin?: 'pm';
}

const table = <const T extends Readonly<Record<string, AttributeDeclaration>>>(rows: T): T => rows;

// A table is read by columns: one row a line, or it is five hundred lines long.
// prettier-ignore
export const ATTRIBUTES = table({
  // what runs
  script: { field: 'script', type: 'text', required: true, aliases: ['exec', 'cmd', 'command'], effect: 'now', help: 'The file, command in PATH or whole command line to run; `serve`: the static server of pm (docs/commands.md).' },
  name: { field: 'name', type: 'text', option: '-n, --name <name>', effect: 'now', help: 'The name of the app; the script file name without extension when absent.' },
  name_prefix: { field: 'namePrefix', type: 'text', effect: 'later', help: 'Prefix used by tar modules.' },
  namespace: { field: 'namespace', type: 'text', default: 'default', option: '--namespace <name>', effect: 'now', help: 'The group that the app belongs to.' },
  cwd: { field: 'cwd', type: 'text', option: '--cwd <path>', effect: 'now', help: "The working directory; the caller's when absent." },
  args: { field: 'args', type: 'words', effect: 'now', help: 'Arguments of the script.' },
  exec_interpreter: { field: 'interpreter', type: 'text', aliases: ['interpreter'], option: '--interpreter <path>', effect: 'now', help: 'What runs the script: a name in PATH, a path, or `none`.' },
  node_args: { field: 'nodeArgs', type: 'words', aliases: ['interpreter_args', 'interpreterArgs'], option: '--node-args <args>', effect: 'now', help: 'Arguments of the interpreter.' },
  instances: { field: 'instances', type: 'count', option: '-i, --instances <count>', effect: 'now', help: 'How many instances: a number, `max` or 0 for one per CPU, negative for CPUs less that many.' },
  exec_mode: { field: 'execMode', type: 'text', values: ['fork', 'cluster', 'fork_mode', 'cluster_mode'], effect: 'now', help: '`cluster` shares ports between the instances of a Node app; `fork` runs plain processes.' },
  execute_command: { field: 'executeCommand', type: 'flag', option: '-x, --execute-command', effect: 'now', help: 'Run in fork mode whatever `instances` says.' },
  balance: { field: 'balance', type: 'text', values: ['auto', 'round-robin', 'least-connections', 'ip-hash', 'shared', 'reuseport'], default: 'auto', option: '--balance <policy>', effect: 'now', origin: 'pm', help: 'How connections are spread over the instances of a cluster app.' },
  hold_listeners: { field: 'holdListeners', type: 'flag', default: false, effect: 'now', origin: 'pm', help: 'Fork mode, Node apps: keep the listening sockets open over a restart, so that clients wait instead of failing.' },
  listen_queue: { field: 'listenQueue', type: 'integer', minimum: 1, isLimit: true, default: 1024, effect: 'now', origin: 'pm', help: 'How many connections may wait in the shim for a worker; the next one is hung up on. With `shared` and `reuseport` they wait in the kernel, by the `backlog` of the app.' },
  listen_queue_timeout: { field: 'listenQueueTimeoutMs', type: 'duration', minimum: 1, default: 30_000, effect: 'now', origin: 'pm', help: 'How long a connection may wait there.' },

  // environment
  // The option is not --env-file: Node itself takes that one, wherever on the line it stands.
  env_file: { field: 'envFile', type: 'filesOrVariables', option: '--dotenv <path>', effect: 'now', origin: 'pm', help: 'Files of variables (dotenv), or an object of them: for what neither the caller nor `env` sets. Paths count from `cwd`; a missing file is a warning.' },
  env: { field: 'env', type: 'environment', default: {}, effect: 'now', help: 'Environment variables of the app.' },
  filter_env: { field: 'filterEnv', type: 'flagOrWords', option: '--filter-env [names...]', effect: 'now', help: "Variables of the caller that the app does not get; true: none of the caller's." },
  append_env_to_name: { field: 'appendEnvToName', type: 'flag', default: false, effect: 'now', help: 'With `--env x` the name becomes `name-x`.' },
  port: { field: 'port', type: 'integer', minimum: 0, effect: 'now', help: 'Sets PORT in the environment of the app.' },
  instance_var: { field: 'instanceVar', type: 'text', default: 'NODE_APP_INSTANCE', effect: 'now', help: 'The variable that carries the number of the instance.' },
  increment_var: { field: 'incrementVar', type: 'text', effect: 'now', help: 'A variable that is counted up per instance.' },

  // restarts
  autostart: { field: 'autostart', type: 'flag', default: true, option: '--no-autostart', effect: 'now', help: 'Start the app when it is added; false adds it as stopped.' },
  autorestart: { field: 'autorestart', type: 'flag', default: true, option: '--no-autorestart', effect: 'now', help: 'Start the app again when it ends by itself.' },
  stop_exit_codes: { field: 'stopExitCodes', type: 'integers', default: [], option: '--stop-exit-codes <codes...>', effect: 'now', help: 'Exit codes after which the app is not started again.' },
  max_restarts: { field: 'maxRestarts', type: 'integer', minimum: 0, isMinimumOfPm2: true, isLimit: true, default: 16, option: '--max-restarts <count>', effect: 'now', help: 'Quick exits in a row (each before `min_uptime`) after which the app is `errored`.' },
  min_uptime: { field: 'minUptimeMs', type: 'duration', minimum: 100, isMinimumOfPm2: true, default: 1000, effect: 'now', help: 'An exit before this uptime counts as a quick exit; an app that does not listen is online after it.' },
  restart_window: { field: 'restartWindow', type: 'window', default: '60 in 10m', effect: 'now', origin: 'pm', help: 'No more than N restarts in a time, at any uptime, then `errored`: `60 in 10m`, or `off`.' },
  restart_delay: { field: 'restartDelayMs', type: 'duration', minimum: 0, default: 0, option: '--restart-delay <ms>', effect: 'now', help: 'Wait this long before each restart.' },
  exp_backoff_restart_delay: { field: 'expBackoffRestartDelayMs', type: 'duration', minimum: 0, default: 0, option: '--exp-backoff-restart-delay <ms>', effect: 'now', help: 'First wait before a restart; each next one is 1.5 times longer, up to 15 s.' },
  max_memory_restart: { field: 'maxMemoryRestartBytes', type: 'size', minimum: 1, option: '--max-memory-restart <size>', effect: 'now', help: 'Restart an instance that uses more memory than this.' },
  cron_restart: { field: 'cronRestart', type: 'cron', aliases: ['cron'], option: '-c, --cron-restart <pattern>', effect: 'now', help: 'Restart the app by a cron pattern; `0` is off. One that was stopped stays stopped.' },
  cron_timezone: { field: 'cronTimezone', type: 'text', option: '--cron-timezone <zone>', effect: 'now', origin: 'pm', help: "Time zone of the pattern (`Europe/Berlin`); the machine's when absent." },

  // ready and stop
  wait_ready: { field: 'waitReady', type: 'flag', default: false, option: '--wait-ready', effect: 'now', help: "The app is online when it sends 'ready' over IPC." },
  listen_timeout: { field: 'listenTimeoutMs', type: 'duration', minimum: 1, default: 3000, option: '--listen-timeout <ms>', effect: 'now', help: 'How long a starting app may take to listen, or to send `ready`.' },
  kill_timeout: { field: 'killTimeoutMs', type: 'duration', minimum: 0, default: 1600, option: '-k, --kill-timeout <ms>', effect: 'now', help: 'How long an app may take to end after the stop signal, before SIGKILL.' },
  kill_signal: { field: 'killSignal', type: 'text', values: ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL', 'SIGABRT', 'SIGALRM', 'SIGCONT', 'SIGWINCH', 'SIGIO'], option: '--kill-signal <signal>', effect: 'now', origin: 'pm', help: 'The first signal of a stop; PM_KILL_SIGNAL, else SIGINT, when absent.' },
  drain_timeout: { field: 'drainTimeoutMs', type: 'duration', minimum: 0, default: 30_000, effect: 'now', origin: 'pm', help: 'How long a retired cluster worker may take to finish its requests, before the stop signal.' },
  uncaught: { field: 'uncaught', type: 'text', values: ['exit', 'drain'], default: 'exit', effect: 'now', origin: 'pm', help: 'What an uncaught exception does to a cluster worker: `exit` as Node does, or `drain`: it is logged, a replacement starts at once, and the worker finishes its requests (at most `drain_timeout`) before it exits with 1.' },
  kill_retry_time: { field: 'killRetryTimeMs', type: 'duration', minimum: 1, default: 100, effect: 'now', help: 'How often it is checked whether the tree is gone.' },
  treekill: { field: 'treekill', type: 'flag', default: true, option: '--no-treekill', effect: 'now', help: 'Signal the whole process tree, not only the app itself.' },
  shutdown_with_message: { field: 'shutdownWithMessage', type: 'flag', default: false, option: '--shutdown-with-message', effect: 'now', help: "Send the IPC message 'shutdown' instead of a signal." },

  // watching
  watch: { field: 'watch', type: 'flagOrWords', default: false, option: '--watch [paths...]', effect: 'now', help: 'Restart when files change: true for the working directory, or paths.' },
  ignore_watch: { field: 'ignoreWatch', type: 'words', option: '--ignore-watch <paths...>', effect: 'now', help: 'Paths that watching leaves out.' },
  ext: { field: 'ext', type: 'words', isLoose: true, option: '--ext <extensions>', effect: 'now', help: 'Watch only files with these extensions (`js,json`).' },
  watch_delay: { field: 'watchDelayMs', type: 'duration', minimum: 0, default: 0, option: '--watch-delay <seconds>', effect: 'now', help: 'Wait this long after a change.' },
  watch_options: { field: 'watchOptions', type: 'object', effect: 'now', help: 'Options handed to the watcher.' },

  // logs
  out_file: { field: 'outFile', type: 'text', aliases: ['out', 'output', 'out_log'], option: '-o, --output <path>', effect: 'now', help: 'File for standard output.' },
  error_file: { field: 'errorFile', type: 'text', aliases: ['error', 'err', 'err_file', 'err_log'], option: '-e, --error <path>', effect: 'now', help: 'File for standard error.' },
  log_file: { field: 'logFile', type: 'flagOrText', aliases: ['log'], option: '-l, --log [path]', effect: 'now', help: 'One file for both streams, beside their own; true: `<name>.log` in the home.' },
  merge_logs: { field: 'mergeLogs', type: 'flag', aliases: ['combine_logs'], option: '--merge-logs', effect: 'now', help: 'All instances write to the same files.' },
  disable_logs: { field: 'disableLogs', type: 'flag', default: false, option: '--disable-logs', effect: 'now', help: 'Write no logs.' },
  log_type: { field: 'logType', type: 'text', values: ['raw', 'json'], default: 'raw', isLoose: true, option: '--log-type <type>', effect: 'now', help: '`json` writes one object a line.' },
  log_date_format: { field: 'logDateFormat', type: 'text', option: '--log-date-format <format>', effect: 'now', help: 'Time stamp put before each line (dayjs format).' },
  time: { field: 'time', type: 'flag', default: false, option: '--time', effect: 'now', help: 'Put a time stamp before each line (`YYYY-MM-DDTHH:mm:ss`).' },
  log_overflow: { field: 'logOverflow', type: 'text', values: ['auto', 'block', 'drop'], default: 'auto', option: '--log-overflow <policy>', effect: 'now', origin: 'pm', help: 'When output comes faster than the disk takes it: `block` lets the app wait, `drop` drops and counts, `auto` waits for a slow disk and drops for a full one.' },
  log_max_size: { field: 'logMaxSizeBytes', type: 'size', minimum: 0, default: 10_485_760, option: '--log-max-size <size>', effect: 'now', origin: 'pm', help: 'A log file that reaches this is moved aside; 0: never.' },
  log_keep: { field: 'logKeep', type: 'integer', minimum: 0, isLimit: true, default: 10, option: '--log-keep <count>', effect: 'now', origin: 'pm', help: 'How many rotated files of each log stay.' },
  log_max_age: { field: 'logMaxAgeMs', type: 'duration', minimum: 1000, option: '--log-max-age <time>', effect: 'now', origin: 'pm', help: 'Rotated files that are older are removed.' },
  log_rotate: { field: 'logRotate', type: 'cron', option: '--log-rotate <pattern>', effect: 'now', origin: 'pm', help: 'Rotate by a cron pattern too (`0 0 * * *`); `0` is off.' },
  log_compress: { field: 'logCompress', type: 'flag', default: false, option: '--log-compress', effect: 'now', origin: 'pm', help: 'Compress rotated files (`.gz`).' },
  pid_file: { field: 'pidFile', type: 'text', aliases: ['pid'], option: '-p, --pid <path>', effect: 'now', help: 'File that holds the pid.' },

  // user, misc
  uid: { field: 'uid', type: 'idOrName', aliases: ['user'], option: '--uid <user>', effect: 'now', help: 'Run as this user (root only).' },
  gid: { field: 'gid', type: 'idOrName', option: '--gid <group>', effect: 'now', help: 'Run as this group (root only).' },
  username: { field: 'username', type: 'text', isLoose: true, effect: 'now', help: 'The user that is shown in the list.' },
  force: { field: 'force', type: 'flag', default: false, option: '-f, --force', effect: 'now', help: 'Start even what is already running.' },
  post_update: { field: 'postUpdate', type: 'words', effect: 'later', help: 'Commands run after pull.' },
  exec_timeout: { field: 'execTimeoutMs', type: 'duration', isLoose: true, effect: 'later', help: 'Time that a post_update command may take.' },
  source_map_support: { field: 'sourceMapSupport', type: 'flag', option: '--source-map-support', effect: 'now', help: 'Source maps in stack traces.' },
  disable_source_map_support: { field: 'disableSourceMapSupport', type: 'flag', option: '--disable-source-map-support', effect: 'now', help: 'No source maps in stack traces.' },
  vizion: { field: 'vizion', type: 'flag', default: true, option: '--no-vizion', effect: 'now', help: 'Show what git knows of the app in `describe`.' },
  pmx: { field: 'pmx', type: 'flagOrText', default: true, option: '--no-pmx', effect: 'later', help: "PM2's metrics library; pm injects none." },
  automation: { field: 'automation', type: 'flag', default: true, option: '--no-automation', effect: 'later', help: 'As pmx.' },
  io: { field: 'io', type: 'object', effect: 'later', help: "Configuration of PM2's metrics library." },
  trace: { field: 'trace', type: 'flag', option: '--trace', effect: 'later', help: 'Tracing.' },
  disable_trace: { field: 'disableTrace', type: 'flag', isLoose: true, option: '--disable-trace', effect: 'later', help: 'No tracing.' },
  v8: { field: 'v8', type: 'flag', option: '--v8', effect: 'later', help: 'V8 metrics.' },
  event_loop_inspector: { field: 'eventLoopInspector', type: 'flag', option: '--event-loop-inspector', effect: 'later', help: 'Event loop metrics.' },
  deep_monitoring: { field: 'deepMonitoring', type: 'flag', option: '--deep-monitoring', effect: 'later', help: 'Deep monitoring.' },
  windowsHide: { field: 'windowsHide', type: 'flag', default: true, effect: 'later', help: 'Hide the console window on Windows.' },
  install_url: { field: 'installUrl', type: 'text', effect: 'later', help: 'Where a module was installed from.' },
  write: { field: 'write', type: 'flag', option: '-w, --write', effect: 'later', help: 'Write the configuration to a file.' },
});

type Table = typeof ATTRIBUTES;
export type AttributeName = keyof Table;

type ValueOf<D extends AttributeDeclaration> = D extends { values: readonly (infer V)[] }
  ? V
  : D extends { fields: infer F extends Readonly<Record<string, AttributeDeclaration>> }
    ? FieldValues<F>
    : AttributeTypes[D['type']]['value'];
type IsPresent<D extends AttributeDeclaration> = D extends { default: unknown } | { required: true }
  ? true
  : false;

/** A table of declarations as the values that it describes: defaults filled in, units resolved, under their fields. */
type FieldValues<T extends Readonly<Record<string, AttributeDeclaration>>> = {
  readonly [K in keyof T as IsPresent<T[K]> extends true ? T[K]['field'] : never]: ValueOf<T[K]>;
} & {
  readonly [K in keyof T as IsPresent<T[K]> extends true ? never : T[K]['field']]?: ValueOf<T[K]>;
};

/** The attributes after normalisation: defaults filled in, units resolved, aliases folded. */
export type AttributeValues = FieldValues<Table>;

/** True for a value of this attribute, as it is after reading: of its type, one of its words, not below its minimum. */
export function isValueOf({ type, values, minimum, fields }: AttributeDeclaration, value: unknown): boolean {
  if (!ATTRIBUTE_TYPES[type].is(value)) return false;
  if (values !== undefined && !values.includes(value as string)) return false;
  if (minimum !== undefined && typeof value === 'number' && value < minimum) return false;
  return fields === undefined || hasFields(fields, value);
}

function hasFields(fields: Readonly<Record<string, AttributeDeclaration>>, value: unknown): boolean {
  const rows = Object.values(fields);
  if (!isRecord(value) || !Object.keys(value).every((key) => rows.some(({ field }) => field === key)))
    return false;
  return rows.every((row) => {
    const given = value[row.field];
    return given === undefined ? row.required !== true : isValueOf(row, given);
  });
}
