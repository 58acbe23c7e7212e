/**
 * A variable that steers pm: `PM_<name>`, or PM2's spelling `PM2_<name>` where the first is unset, so that a machine set
 * up for PM2 goes on as it was. Never for what names files or sockets: two managers must not share them.
 */
export function pmVariable(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  const value = env[`PM_${name}`] ?? env[`PM2_${name}`];
  return value === '' ? undefined : value;
}

/**
 * Facts about an instance that its worker is told as variables (PM2-FACTS §3.1). Whoever starts an app from within a worker
 * does not hand them on: the inner app would carry the id and the state of the outer one.
 */
export const FACT_VARIABLES: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'pm_id',
  'NODE_APP_INSTANCE',
  'status',
  'exec_mode',
  'instances',
  'exec_interpreter',
  'pm_exec_path',
  'pm_cwd',
  'pm_out_log_path',
  'pm_err_log_path',
  'pm_log_path',
  'pm_pid_path',
  'instance_var',
  'unique_id',
  'created_at',
  'pm_uptime',
  'restart_time',
  'unstable_restarts',
  'username',
  'autorestart',
  'autostart',
  'merge_logs',
  'treekill',
  'version',
  'vizion',
  'pmx',
  'automation',
  'windowsHide',
  'km_link',
  'vizion_running',
  'exit_code',
  'node_args',
  'prev_restart_delay',
  'PM_WORKER',
  'PM_HOME',
  'PM_USAGE',
  'PM2_HOME',
  'PM2_USAGE',
]);
