import type { InstanceStatus, InstanceView } from '../../model/instance';
import type { AppSpec } from '../../model/app-spec';
import { logPathsOf, pidPathOf } from '../../logs/names';
import { lineFormatOf } from '../effects/worker-logs';
import type { God } from '../core/god';
import type { StateName } from '../core/lifecycle';
import type { Usage } from '../metrics/usage';
import { shimKindOf } from '../policy/placement';
import { currentWorker, specOf, type Instance } from '../core/world';

/** PM2's words; a surge is not seen from outside: the instance is online all the time. */
const STATUS: Readonly<Record<StateName, InstanceStatus>> = {
  stopped: 'stopped',
  errored: 'errored',
  waiting: 'waiting restart',
  launching: 'launching',
  awaiting: 'launching',
  online: 'online',
  replacing: 'online',
  stopping: 'stopping',
  // Not online, because that is proven; its reason says the rest.
  unreachable: 'launching',
};

/** One instance as users see it. */
export function viewOf(god: God, instance: Instance, usageOf: (pid: number) => Usage): InstanceView {
  const { app, record, state } = instance;
  const { spec } = app.record;
  const own = specOf(instance);
  const worker = currentWorker(god.world, instance);
  const pid = worker?.process?.pid ?? 0;
  const usage = usageOf(pid);
  const logs = logPathsOf(spec, record.id, god.home);
  return {
    id: record.id,
    app: app.record.id,
    name: spec.name,
    script: spec.script,
    namespace: spec.namespace,
    version: own.version,
    generation: record.generation,
    slot: record.slot,
    mode: spec.execMode,
    status: STATUS[state.name],
    pid,
    startedAtMs: worker?.startedAtMs ?? null,
    createdAtMs: record.createdAtMs,
    restarts: record.restarts,
    unstableRestarts: record.counters.quickExits,
    uniqueId: record.uniqueId,
    cpuPercent: usage.cpuPercent,
    memoryBytes: usage.memoryBytes,
    user: spec.username,
    watching: spec.watch !== false && app.watchProblem === null,
    listening: worker?.listening ?? [],
    reason: state.reason,
    nextStartAtMs: state.name === 'waiting' ? state.untilMs : null,
    exits: record.exits,
    lastRolloutError: app.record.lastRolloutError,
    nodeVersion: nodeVersionOf(god, instance, worker?.shimId ?? null),
    outLogPath: logs.out ?? '/dev/null',
    errorLogPath: logs.error ?? '/dev/null',
    ...(logs.combined === null ? {} : { combinedLogPath: logs.combined }),
    ...logFormatOf(spec),
    ...(spec.envName === undefined ? {} : { envName: spec.envName }),
    ...(spec.fileBase === undefined ? {} : { fileBase: spec.fileBase }),
    monitored: record.monitored,
    pidPath: pidPathOf(spec, record.id, god.home),
  };
}

/** What a reader of the files has to know; nothing where they hold the bytes as they came. */
function logFormatOf(spec: AppSpec): Pick<InstanceView, 'logFormat'> {
  const format = lineFormatOf(spec);
  return format === null ? {} : { logFormat: format };
}

/** Known where it is certain: the app runs on its shim's Node (cluster), or on God's own. */
function nodeVersionOf(god: God, { app }: Instance, shimId: string | null): string | null {
  const { spec } = app.record;
  const isShimsOwn = shimKindOf(spec) === 'cluster' || spec.interpreterPath === god.settings.nodePath;
  const shim = shimId === null || !isShimsOwn ? null : god.shims.get(shimId);
  return shim?.nodeVersion ?? null;
}
