import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Home } from '../home/paths';
import type { AppSpec } from '../model/app-spec';
import { fileBaseOf } from '../model/file-base';

/** Where the two streams of an instance go. null: nowhere. */
export interface LogPaths {
  readonly out: string | null;
  readonly error: string | null;
  /** `log_file`: both streams. */
  readonly combined: string | null;
}

type LogSpec = Pick<
  AppSpec,
  | 'name'
  | 'fileBase'
  | 'cwd'
  | 'env'
  | 'execMode'
  | 'instancesGiven'
  | 'mergeLogs'
  | 'disableLogs'
  | 'outFile'
  | 'errorFile'
  | 'logFile'
>;
type PidSpec = Pick<AppSpec, 'name' | 'fileBase' | 'cwd' | 'env' | 'pidFile'>;

const baseOf = ({ name, fileBase }: Pick<AppSpec, 'name' | 'fileBase'>): string =>
  fileBase ?? fileBaseOf(name);

/**
 * The log files of one instance by PM2's rules. Only God calls it: everyone else reads the paths from
 * `InstanceView`, so that a file keeps its name even when a later pm would choose another.
 */
export function logPathsOf(spec: LogSpec, instanceId: number, home: Home): LogPaths {
  if (spec.disableLogs) return { out: null, error: null, combined: null };
  // `instances` itself does not count here: an app scaled up later must go on with the files that it has.
  const merged = spec.mergeLogs ?? (spec.execMode === 'fork' && !spec.instancesGiven);
  const pathOf = (given: string | undefined, ending: string): string | null => {
    if (given !== undefined && isNowhere(given)) return null;
    const path =
      given === undefined ? join(home.logsDir, `${baseOf(spec)}${ending}.log`) : absolutePath(given, spec);
    return merged || isDevice(path) ? path : withIdBefore('.log', path, instanceId);
  };
  const { logFile } = spec;
  const isCombined = logFile !== undefined && logFile !== false && logFile !== '';
  return {
    out: pathOf(spec.outFile, '-out'),
    error: pathOf(spec.errorFile, '-error'),
    combined: isCombined ? pathOf(logFile === true ? undefined : logFile, '') : null,
  };
}

/** The pid file of one instance; it always carries the id, as PM2's does. */
export function pidPathOf(spec: PidSpec, instanceId: number, home: Home): string {
  const path =
    spec.pidFile === undefined ? join(home.pidsDir, `${baseOf(spec)}.pid`) : absolutePath(spec.pidFile, spec);
  return withIdBefore('.pid', path, instanceId);
}

const isNowhere = (path: string): boolean => path === 'NULL' || path === '/dev/null';

/** `/dev/stdout-0` is no device: such a path is left as it is. */
const isDevice = (path: string): boolean => path.startsWith('/dev/');

const withIdBefore = (extension: string, path: string, instanceId: number): string =>
  path.endsWith(extension)
    ? `${path.slice(0, -extension.length)}-${String(instanceId)}${extension}`
    : `${path}-${String(instanceId)}`;

function absolutePath(path: string, spec: Pick<AppSpec, 'cwd' | 'env'>): string {
  // `~` is the home of whoever started the app; God's own environment is scrubbed and may be another user's.
  if (path === '~' || path.startsWith('~/')) return join(spec.env['HOME'] ?? homedir(), path.slice(1));
  return isAbsolute(path) ? path : resolve(spec.cwd, path);
}
