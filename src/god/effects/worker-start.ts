import { basename } from 'node:path';
import type { Home } from '../../home';
import { logPathsOf, pidPathOf } from '../../logs/names';
import type { AppSpec } from '../../model/app-spec';
import { countedVariable } from '../../model/counted-variable';
import { lookupGroup, lookupUser, type UserFacts } from '../../platform';
import { WORKER_MARK, type WorkerStart } from '../../protocol/shim';
import { SOURCE_MAPS_ENV, UNCAUGHT_ENV } from '../../protocol/worker';
import { isNodeApp, shimKindOf } from '../policy/placement';
import { workerLogsOf } from './worker-logs';
import type { InstanceRecord } from '../store/records';

export interface WorkerStartFacts {
  readonly key: string;
  readonly spec: AppSpec;
  readonly record: InstanceRecord;
  readonly home: Home;
  readonly nowMs: number;
}

/** Everything the shim needs for one worker, out of what is known of app and instance. */
export function describeStart({ key, spec, record, home, nowMs }: WorkerStartFacts): WorkerStart {
  const { user, uid, gid } = userIdsOf(spec);
  return {
    key,
    instanceId: record.id,
    slot: record.slot,
    mode: shimKindOf(spec),
    interpreter: spec.interpreterPath === 'none' ? null : spec.interpreterPath,
    interpreterArgs: spec.nodeArgs,
    script: spec.script,
    args: spec.args,
    cwd: spec.cwd,
    env: environmentOf({ key, spec, record, home, nowMs }, user?.home),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    ...(user === null ? {} : { initGroups: true }),
    preload: isNodeApp(spec),
    logs: workerLogsOf(spec, record.id, home),
  };
}

/** As whom the app runs; absent: as we do. */
export function userIdsOf(spec: Pick<AppSpec, 'uid' | 'gid'>): {
  readonly user: UserFacts | null;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
} {
  const user = spec.uid === undefined ? null : lookupUser(spec.uid);
  return {
    user,
    uid: user?.uid ?? asNumber(spec.uid),
    gid: spec.gid === undefined ? user?.gid : (lookupGroup(spec.gid) ?? asNumber(spec.gid)),
  };
}

/** A name that is in no file on this machine stays out; the loader has refused it before. */
const asNumber = (id: string | number | undefined): number | undefined =>
  id === undefined || !Number.isInteger(Number(id)) ? undefined : Number(id);

/** On unless switched off, as with PM2: a stack trace that names the line of the source is what people look for. */
const hasSourceMaps = ({ sourceMapSupport, disableSourceMapSupport }: AppSpec): boolean =>
  sourceMapSupport !== false && disableSourceMapSupport !== true;

/**
 * The app's own variables and, as PM2 puts them there, the facts about the instance that scripts rely on
 * (PM2-FACTS §3.1). Nothing of God's environment.
 */
function environmentOf(
  { key, spec, record, home, nowMs }: WorkerStartFacts,
  userHome?: string,
): Record<string, string> {
  const logs = logPathsOf(spec, record.id, home);
  const facts: Readonly<Record<string, string | number | boolean | undefined>> = {
    name: spec.name,
    namespace: spec.namespace,
    pm_id: record.id,
    [spec.instanceVar]: record.slot,
    status: 'launching',
    exec_mode: `${spec.execMode}_mode`,
    instances: spec.instances,
    exec_interpreter: spec.interpreter,
    pm_exec_path: spec.script,
    pm_cwd: spec.cwd,
    pm_out_log_path: logs.out ?? '/dev/null',
    pm_err_log_path: logs.error ?? '/dev/null',
    pm_pid_path: pidPathOf(spec, record.id, home),
    instance_var: spec.instanceVar,
    unique_id: record.uniqueId,
    created_at: record.createdAtMs,
    pm_uptime: nowMs,
    restart_time: record.restarts,
    unstable_restarts: record.counters.quickExits,
    username: spec.username,
    autorestart: spec.autorestart,
    autostart: spec.autostart,
    merge_logs: spec.mergeLogs,
    treekill: spec.treekill,
    version: spec.version,
    [WORKER_MARK]: key,
    PM_HOME: home.path,
    PM_USAGE: 'CLI',
  };
  const isPython = basename(spec.interpreterPath).startsWith('python');
  return {
    // A pipe makes Python hold its output back until 8 KB are together.
    ...(isPython ? { PYTHONUNBUFFERED: '1' } : {}),
    ...spec.env,
    ...(userHome === undefined ? {} : { HOME: userHome }),
    ...countedVariable(spec, record.slot),
    ...(isNodeApp(spec) && hasSourceMaps(spec) ? { [SOURCE_MAPS_ENV]: '1' } : {}),
    ...(shimKindOf(spec) === 'cluster' && spec.uncaught === 'drain'
      ? { [UNCAUGHT_ENV]: String(spec.drainTimeoutMs) }
      : {}),
    ...Object.fromEntries(
      Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    ),
  };
}
