import { ATTRIBUTES } from '../../model/attributes';

/**
 * Attributes of other managers, of PM2's vendor, or of somebody's memory, and what the thing is called here. Only names
 * that are declared are told.
 */
const OUR_NAME: Readonly<Record<string, string>> = {
  compress: 'log_compress',
  date_format: 'log_date_format',
  depends: 'depends_on',
  dotenv: 'env_file',
  environment: 'env',
  exec_interpreter_args: 'node_args',
  graceful_listen_timeout: 'listen_timeout',
  graceful_timeout: 'kill_timeout',
  group: 'gid',
  health_check: 'health',
  health_check_enabled: 'health',
  health_check_grace_period: 'health',
  health_check_interval: 'health',
  health_check_path: 'health',
  health_check_timeout: 'health',
  health_check_url: 'health',
  healthcheck: 'health',
  log_format: 'log_date_format',
  log_rotate_interval: 'log_rotate',
  log_rotation: 'log_rotate',
  log_size: 'log_max_size',
  max_logs: 'log_keep',
  max_log_files: 'log_keep',
  max_log_size: 'log_max_size',
  max_memory: 'max_memory_restart',
  max_restart: 'max_restarts',
  max_size: 'log_max_size',
  memory_limit: 'max_memory_restart',
  processes: 'instances',
  replicas: 'instances',
  retain: 'log_keep',
  rotate_interval: 'log_rotate',
  shutdown_timeout: 'kill_timeout',
  start_timeout: 'listen_timeout',
  startup_timeout: 'listen_timeout',
  stop_signal: 'kill_signal',
  stop_timeout: 'kill_timeout',
  time_format: 'log_date_format',
  working_dir: 'cwd',
  workers: 'instances',
};

const snakeCase = (name: string): string =>
  name.replace(/-/g, '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What the thing of that name is called here; undefined when pm has no such thing. */
export function nameElsewhere(spelling: string): string | undefined {
  const ours = OUR_NAME[snakeCase(spelling)];
  return ours !== undefined && ours in ATTRIBUTES ? ours : undefined;
}
