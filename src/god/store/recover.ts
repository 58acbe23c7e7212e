import { commandLineOf } from '../../platform';
import { readAppSpec } from '../../protocol/guards';
import type { AppSpec } from '../../model/app-spec';
import type { ShimKind, ShimRecord, WorkerReport } from '../../protocol/shim';
import { parseKey } from '../policy/adopt';
import { appOfShim } from '../policy/placement';
import { firstGeneration } from './generations';
import { newInstanceRecord, type AppRecord, type GodState, type InstanceRecord } from './records';

/**
 * Enters a running worker into a state that has lost it, so that it can be seen, stopped and deleted. It is not
 * restarted by itself: what its shim knows is not enough to start it the way its user meant.
 *
 * @param name what it was called, where that is known
 */
export function recoverInstance(
  state: GodState,
  shim: Pick<ShimRecord, 'id' | 'kind'>,
  report: WorkerReport,
  nowMs: number,
  name = `recovered-${report.instanceId}`,
): { readonly app: AppRecord; readonly instance: InstanceRecord } {
  // A cluster shim is named after its app; fork-mode apps are told apart by their instances.
  const appId = appOfShim(shim.id) ?? String(state.nextAppNumber);
  const instance = newInstanceRecord({
    id: report.instanceId,
    slot: report.slot,
    desired: 'running',
    uniqueId: '',
    nowMs: report.startedAtMs,
  });
  instance.incarnation = parseKey(report.key)?.incarnation ?? 0;
  let app = state.apps.find(({ id }) => id === appId);
  if (app === undefined) {
    const spec = placeholderSpec(report, shim.kind, name);
    app = {
      id: appId,
      spec,
      generation: firstGeneration(spec, nowMs),
      others: [],
      firstInterpreter: spec.interpreterPath,
      createdAtMs: nowMs,
      lastRolloutError: null,
      hasSaidReady: false,
      rollout: null,
      instances: [],
    };
    state.apps.push(app);
  }
  app.instances.push(instance);
  state.nextInstanceId = Math.max(state.nextInstanceId, report.instanceId + 1);
  state.nextAppNumber = Math.max(state.nextAppNumber, Number(appId) + 1);
  return { app, instance };
}

function placeholderSpec(report: WorkerReport, mode: ShimKind, name: string): AppSpec {
  const spec = readAppSpec({
    name,
    cwd: '/',
    script: commandLineOf(report.process.pid) || 'unknown',
    args: [],
    interpreterPath: 'none',
    interpreter: 'none',
    nodeArgs: [],
    execMode: mode,
    instances: 1,
    instancesGiven: false,
    env: {},
    envNames: [],
    username: '',
    version: 'N/A',
    withoutEffect: [],
    autorestart: false,
  });
  if (spec === null) throw new Error('the placeholder of a recovered app does not satisfy the guard of apps');
  return spec;
}
