import { dirname } from 'node:path';
import { pmError } from '../../errors';
import { isRecord } from '../attributes/kinds';
import { openDocument, type PmDocument } from './document';
import { attributeNames } from '../attributes/names';
import { parseJson } from './parse-json';

type Entry = Readonly<Record<string, unknown>>;

/** Told below by other fields of the record, or facts of PM2's own. */
const NOT_TAKEN = new Set([
  ...[
    'script',
    'name',
    'cwd',
    'env',
    'instances',
    'out_file',
    'error_file',
    'log_file',
    'pid_file',
    'env_file',
  ],
  ...[
    'username',
    'force',
    'install_url',
    'post_update',
    'io',
    'pmx',
    'automation',
    'vizion',
    'windowsHide',
    'filter_env',
  ],
]);

/** What PM2 adds to the environment of every app; ours come from pm. */
const OF_PM2 =
  /^(PM2_.*|unique_id|pm_id|NODE_APP_INSTANCE|NODE_CHANNEL_FD|status|pm_uptime|created_at|restart_time|unstable_restarts)$/;

/**
 * PM2's dump (`~/.pm2/dump.pm2`) as the apps that it means: instances of one app are one app again, its environment is
 * the one that was saved, and logs that were in PM2's own folder go to pm's. What was stopped is entered as stopped.
 * @throws PmError CONFIG_MALFORMED
 */
export function openPm2Dump(text: string, file: string): PmDocument {
  const { value } = parseJson(text, file);
  if (!Array.isArray(value))
    throw pmError('CONFIG_MALFORMED', { file, why: 'expected a list, as `pm2 save` writes it' });
  const groups = new Map<string, Entry[]>();
  for (const entry of value.filter(isRecord).filter((one) => one['pmx_module'] !== true)) {
    const key = JSON.stringify([entry['name'], entry['pm_exec_path'], entry['exec_mode']]);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return openDocument({ apps: [...groups.values()].map((entries) => appOf(entries, dirname(file))) }, file);
}

/** @param folder of the dump: PM2's home, unless the file was moved */
function appOf(entries: readonly Entry[], folder: string): Entry {
  const [first = {}] = entries;
  const isCluster = first['exec_mode'] === 'cluster_mode';
  const taken = attributeNames.filter((name) => !NOT_TAKEN.has(name) && first[name] !== undefined);
  return {
    ...Object.fromEntries(taken.map((name) => [name, first[name]])),
    name: first['name'],
    script: first['pm_exec_path'],
    cwd: first['pm_cwd'],
    ...(isCluster || entries.length > 1 ? { instances: entries.length } : {}),
    ...logPath('out_file', first['pm_out_log_path'], { entry: first, folder }),
    ...logPath('error_file', first['pm_err_log_path'], { entry: first, folder }),
    ...combinedPath(first, folder),
    env: environmentOf(first),
    // Nothing of the shell that imports: what was saved is what the app had.
    filter_env: true,
    ...(first['status'] === 'stopped' ? { autostart: false } : {}),
  };
}

/**
 * `<home>/logs/api-out-3.log` was PM2's choice. Of a path that the user chose PM2's id is taken out again, which stands
 * there unless the instances share the file: pm puts its own in.
 */
function logPath(name: string, path: unknown, { entry, folder }: { entry: Entry; folder: string }): Entry {
  if (typeof path !== 'string' || isOfPm2(path, entry, folder)) return {};
  return { [name]: entry['merge_logs'] === true ? path : path.replace(/-\d+(\.log)?$/, '$1') };
}

/** `log_file`; `true` where the place was left to PM2. */
function combinedPath(entry: Entry, folder: string): Entry {
  const path = entry['pm_log_path'];
  if (typeof path !== 'string') return {};
  return isOfPm2(path, entry, folder) ? { log_file: true } : logPath('log_file', path, { entry, folder });
}

function isOfPm2(path: string, entry: Entry, folder: string): boolean {
  const env = isRecord(entry['env']) ? entry['env'] : {};
  const homes = [folder, env['PM2_HOME']].filter((home) => typeof home === 'string');
  return /\/\.pm2[^/]*\/logs\//.test(path) || homes.some((home) => path.startsWith(`${home}/logs/`));
}

function environmentOf(entry: Entry): Entry {
  const env = isRecord(entry['env']) ? entry['env'] : {};
  const own = Object.entries(env).filter(
    ([name, value]) => !OF_PM2.test(name) && name !== entry['name'] && typeof value !== 'object',
  );
  return Object.fromEntries(own);
}
