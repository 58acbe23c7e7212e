import { isDeepStrictEqual } from 'node:util';
import type { AppSpec } from '../../model/app-spec';
import { countedVariable } from '../../model/counted-variable';
import { ATTRIBUTES, type AttributeDeclaration } from '../../model/attributes';
import type { InstanceView } from '../../model/instance';
import type { InstanceDetail } from '../../satan';

/** One entry of PM2's `jlist` (PM2-FACTS §4.1, §4.2). Keys and their order are PM2's; nothing else in pm knows them. */
export interface Pm2Record {
  readonly pid: number;
  readonly name: string;
  readonly pm2_env: Readonly<Record<string, unknown>>;
  readonly pm_id: number;
  readonly monit: { readonly memory: number; readonly cpu: number };
}

export const pm2Record = ({ view, spec }: InstanceDetail): Pm2Record => ({
  pid: view.pid,
  name: view.name,
  pm2_env: {
    ...configuration(view, spec),
    ...givenAttributes(spec),
    // PM2 puts every variable beside its own fields; a variable called `status` must not hide the status, so these
    // come before the fields of the running instance.
    ...withoutKeys(variablesOf(view, spec), OWN_FIELDS),
    ...runtime(view),
  },
  pm_id: view.id,
  monit: { memory: view.memoryBytes, cpu: view.cpuPercent },
});

function configuration(view: InstanceView, spec: AppSpec): Record<string, unknown> {
  return {
    name: view.name,
    filter_env: spec.filterEnv ?? [],
    namespace: view.namespace,
    ...(spec.args.length === 0 && spec.argsGiven !== true ? {} : { args: spec.args }),
    env: { ...variablesOf(view, spec), unique_id: view.uniqueId },
    merge_logs: spec.mergeLogs ?? (spec.execMode === 'fork' && !spec.instancesGiven),
    vizion: spec.vizion,
    autostart: spec.autostart,
    autorestart: spec.autorestart,
    watch: spec.watch,
    instance_var: spec.instanceVar,
    pmx: spec.pmx,
    automation: spec.automation,
    treekill: spec.treekill,
    username: view.user,
    windowsHide: spec.windowsHide,
    kill_retry_time: spec.killRetryTimeMs,
    node_args: spec.nodeArgs,
    pm_exec_path: spec.script,
    pm_cwd: spec.cwd,
    exec_interpreter: spec.interpreter.startsWith('node@') ? spec.interpreterPath : spec.interpreter,
    exec_mode: `${spec.execMode}_mode`,
    instances: spec.instances,
    pm_out_log_path: view.outLogPath,
    pm_err_log_path: view.errorLogPath,
    ...(view.combinedLogPath === undefined ? {} : { pm_log_path: view.combinedLogPath }),
    pm_pid_path: view.pidPath,
    km_link: false,
    vizion_running: false,
    [spec.instanceVar]: view.slot,
  };
}

/** Attributes that {@link configuration} shows, or shows under another name. */
const SHOWN = new Set([
  ...[
    'script',
    'name',
    'namespace',
    'cwd',
    'args',
    'exec_interpreter',
    'node_args',
    'instances',
    'exec_mode',
    'env',
  ],
  ...[
    'filter_env',
    'instance_var',
    'autostart',
    'autorestart',
    'kill_retry_time',
    'treekill',
    'watch',
    'merge_logs',
  ],
  ...[
    'out_file',
    'error_file',
    'pid_file',
    'username',
    'vizion',
    'pmx',
    'automation',
    'windowsHide',
    'force',
  ],
]);

/** PM2 has the other attributes in the record only when they were given; given as the default looks like not given. */
function givenAttributes(spec: AppSpec): Record<string, unknown> {
  const values = spec as unknown as Readonly<Record<string, unknown>>;
  const rows = Object.entries(ATTRIBUTES) as [string, AttributeDeclaration][];
  return Object.fromEntries(
    rows
      .filter(
        ([name, { field, default: usual }]) =>
          !SHOWN.has(name) && values[field] !== undefined && !isDeepStrictEqual(values[field], usual),
      )
      .map(([name, { field }]) => [name, values[field]]),
  );
}

function runtime(view: InstanceView): Record<string, unknown> {
  const lastExit = view.exits.at(-1);
  const lastStartMs =
    view.startedAtMs ?? (lastExit === undefined ? view.createdAtMs : lastExit.atMs - lastExit.uptimeMs);
  return {
    unique_id: view.uniqueId,
    status: view.status,
    pm_uptime: lastStartMs,
    ...(view.monitored == null ? {} : { _km_monitored: view.monitored }),
    axm_actions: [],
    axm_monitor: {},
    // Left by PM2's library in the app, which says here what it is called.
    axm_options: { module_name: view.name },
    axm_dynamic: {},
    created_at: view.status === 'errored' ? null : view.createdAtMs,
    pm_id: view.id,
    restart_time: view.restarts,
    unstable_restarts: view.unstableRestarts,
    version: view.version,
    // A death by signal has no code; PM2 shows 0.
    ...(lastExit === undefined ? {} : { exit_code: lastExit.code ?? 0 }),
    ...(view.nodeVersion === null ? {} : { node_version: view.nodeVersion }),
  };
}

/** Configuration keys that no variable of the app may replace. */
const OWN_FIELDS = new Set([
  ...[
    'name',
    'filter_env',
    'namespace',
    'args',
    'env',
    'merge_logs',
    'vizion',
    'autostart',
    'autorestart',
    'watch',
  ],
  ...[
    'instance_var',
    'pmx',
    'automation',
    'treekill',
    'username',
    'windowsHide',
    'kill_retry_time',
    'node_args',
  ],
  ...[
    'pm_exec_path',
    'pm_cwd',
    'exec_interpreter',
    'exec_mode',
    'instances',
    'pm_out_log_path',
    'pm_err_log_path',
    'pm_log_path',
  ],
  ...['pm_pid_path', 'km_link', 'vizion_running', ...Object.keys(ATTRIBUTES)],
]);

type Variables = Readonly<Record<string, string | number | boolean>>;

/** Numbers and booleans of the file stay such; a counted variable is that of the instance. */
function variablesOf({ slot }: InstanceView, spec: AppSpec): Variables {
  const typed: Variables = spec.typedEnv ?? {};
  const counted = Object.entries(countedVariable(spec, slot)).map(([name, value]) => [
    name,
    typed[name] === undefined && name in spec.env ? value : Number(value),
  ]);
  return { ...spec.env, ...typed, ...(Object.fromEntries(counted) as Variables) };
}

const withoutKeys = (from: Variables, keys: ReadonlySet<string>): Variables =>
  Object.fromEntries(Object.entries(from).filter(([key]) => !keys.has(key)));
