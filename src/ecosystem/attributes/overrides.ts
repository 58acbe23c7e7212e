import type { AttributeName } from '../../model/attributes';
import { declarationOf } from './names';
import { readOne } from './read-one';

/**
 * The attributes that may stand inside `env_<name>` and are taken with `--env <name>`, as PM2 does it: those that it
 * reads from the record of a running app. What it has used before that (script, folder, files, how many instances)
 * stays a variable; so do `name` and `namespace`, which are variables of many an app.
 */
const TAKEN: ReadonlySet<string> = new Set<AttributeName>([
  ...(['args', 'node_args', 'exec_mode', 'exec_interpreter', 'autostart', 'autorestart'] as const),
  ...([
    'stop_exit_codes',
    'max_restarts',
    'min_uptime',
    'restart_delay',
    'exp_backoff_restart_delay',
  ] as const),
  ...(['max_memory_restart', 'cron_restart', 'wait_ready', 'listen_timeout', 'kill_timeout'] as const),
  ...([
    'kill_retry_time',
    'treekill',
    'shutdown_with_message',
    'watch',
    'ignore_watch',
    'watch_delay',
  ] as const),
  ...(['watch_options', 'merge_logs', 'disable_logs', 'log_type', 'log_date_format', 'time'] as const),
  ...(['instance_var', 'increment_var', 'vizion'] as const),
]);

/** A value that the attribute cannot have is a variable that happens to be called so. */
export function overridesIn(
  environment: Readonly<Record<string, unknown>>,
): Partial<Record<AttributeName, unknown>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([key, given]) => {
      if (!TAKEN.has(key)) return [];
      const name = key as AttributeName;
      const read = readOne(name, declarationOf(name), given);
      return read.kind === 'value' ? [[name, read.value]] : [];
    }),
  );
}
