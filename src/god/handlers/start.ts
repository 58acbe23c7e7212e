import { pmError } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import type { OperationStarted } from '../../protocol/control';
import { asParams } from '../../protocol/guards';
import type { God } from '../core/god';
import { byOf, runCommand, type RolloutRequest } from '../loop/commands';
import type { Undo } from '../loop/undo';
import { addInstances, addNewApp, amendSpec, enterGeneration, want } from '../loop/desired';
import { specFor } from '../loop/moves';
import type { RolloutKind, RolloutMode } from '../policy/rollout';
import { allInstances, instancesOf, type App, type Instance } from '../core/world';
import { checkCron } from '../triggers/cron';
import { appsOf, modeOf, parallelOf, wordOf } from './params';
import { firstOf, lookAtPlaces, nextOf, type Places } from './places';
import { decideModes } from './reload-mode';
import { refuseSecondReload } from './restart';

/** What a start comes to, once every app of it has been looked at. */
export interface StartPlan {
  readonly starts: Instance[];
  readonly ends: Instance[];
  readonly rollouts: RolloutRequest[];
  readonly started: string[];
  readonly restarted: string[];
  readonly warnings: string[];
  readonly notes: string[];
}

export const emptyPlan = (): StartPlan => ({
  starts: [],
  ends: [],
  rollouts: [],
  started: [],
  restarted: [],
  warnings: [],
  notes: [],
});

/** Adds apps, or renews those that are known. @throws PmError CRON_INVALID, ALREADY_LAUNCHED, RELOAD_IN_PROGRESS, STATE_NOT_SAVED */
export async function start(god: God, raw: unknown): Promise<OperationStarted> {
  const params = asParams(raw);
  const apps = appsOf(params);
  const match = wordOf(params, 'match', ['script', 'name']);
  const existing = wordOf(params, 'existing', ['restart', 'reload']);
  const force = params['force'] === true;
  const parallel = parallelOf(params);
  for (const spec of apps) await checkCron(spec);
  const places = await lookAtPlaces(apps);
  const by = byOf(params);
  const named = allInstances(god.world).filter(({ app }) =>
    apps.some(({ name }) => name === app.record.spec.name),
  );
  const modes = existing === 'reload' ? await decideModes(god, named, modeOf(params)) : null;
  return runCommand(god, params, (undo) => {
    const taken = new Set<App>();
    const plan = emptyPlan();
    for (const spec of apps) {
      const known = force && match === 'script' ? undefined : findKnown(god, spec, match, taken);
      if (known === undefined) {
        const origin = { by, origin: 'start', nowMs: god.clock.nowMs() };
        const app = addNewApp(god, undo, firstOf(spec, places, origin));
        taken.add(app);
        plan.starts.push(...instancesOf(god.world, app).filter(({ record }) => record.desired === 'running'));
        plan.started.push(spec.name);
        continue;
      }
      taken.add(known);
      if (match === 'script') refuseRunning(god, known);
      const mode = modes?.of(known);
      if (mode?.note != null) plan.notes.push(mode.note);
      renew(god, undo, plan, known, { spec, kind: existing, parallel, places, by, mode: mode?.mode });
    }
    const names = [...new Set([...plan.started, ...plan.restarted])];
    return { what: `The start of ${names.join(', ')}`, ...plan };
  });
}

/**
 * By script: same script and name (PM2-FACTS §5.1). By name: the same script first, else the only one of that name. The
 * same name in another namespace is another app.
 */
export function findKnown(
  god: God,
  spec: AppSpec,
  match: 'script' | 'name',
  taken: ReadonlySet<App>,
): App | undefined {
  const named = [...god.world.apps.values()].filter(
    (app) =>
      app.record.spec.name === spec.name &&
      (app.record.spec.namespace === spec.namespace || isUnspecific(spec, match)) &&
      !taken.has(app) &&
      isThere(god, app),
  );
  const same = named.find((app) => app.record.spec.script === spec.script);
  return same ?? (match === 'name' ? named[0] : undefined);
}

/** A script on the command line without a namespace: what is launched already anywhere, is. */
const isUnspecific = ({ namespace }: AppSpec, match: 'script' | 'name'): boolean =>
  match === 'script' && namespace === 'default';

/** Not being deleted. */
export const isThere = (god: God, app: App): boolean =>
  instancesOf(god.world, app).some(
    ({ record }) => record.desired === 'running' || record.desired === 'stopped',
  );

function refuseRunning(god: God, app: App): void {
  const isRunning = instancesOf(god.world, app).some(({ state }) =>
    ['launching', 'online', 'replacing', 'waiting'].includes(state.name),
  );
  if (isRunning) throw pmError('ALREADY_LAUNCHED', { name: app.record.spec.name });
}

interface Renewal {
  readonly spec: AppSpec;
  readonly kind: RolloutKind;
  readonly parallel: number | undefined;
  readonly places: Places;
  readonly by: string | null;
  readonly mode: RolloutMode | undefined;
}

/** The app as it is said now, on the instances that it has; more or fewer of them when the file says how many. */
export function renew(god: God, undo: Undo[], plan: StartPlan, app: App, renewal: Renewal): void {
  const { kind, parallel, mode } = renewal;
  if (kind === 'reload') refuseSecondReload(app);
  const { spec, warning } = specFor(god, kind, app, renewal.spec);
  if (warning !== null) plan.warnings.push(warning);
  const there = instancesOf(god.world, app).filter(({ record }) =>
    ['running', 'stopped'].includes(record.desired),
  );
  const wanted = spec.instancesGiven ? spec.instances : there.length;
  const bySlot = [...there].sort((a, b) => a.record.slot - b.record.slot);
  const kept = bySlot.slice(0, wanted);
  const surplus = bySlot.slice(wanted);
  const { number: previous } = app.record.generation;
  const origin = { by: renewal.by, origin: kind, nowMs: god.clock.nowMs() };
  const next = nextOf(app.record, { ...spec, instances: wanted }, renewal.places, origin);
  if (next !== null && kind === 'restart') enterGeneration(undo, app, next);
  else amendSpec(undo, app, { ...app.record.spec, instances: wanted, instancesGiven: spec.instancesGiven });
  want(undo, kept, 'running');
  want(undo, surplus, 'scaled away');
  plan.starts.push(...addInstances(god, undo, app, Math.max(0, wanted - there.length), 'running'));
  plan.ends.push(...surplus);
  plan.rollouts.push({
    kind,
    app,
    instances: kept,
    next: kind === 'reload' ? next : null,
    previous,
    mode,
    parallel,
  });
  plan.restarted.push(spec.name);
}

/** Only more or fewer instances of an app: those that stay are not touched. */
export function rescale(god: God, undo: Undo[], plan: StartPlan, app: App, spec: AppSpec): void {
  const there = instancesOf(god.world, app).filter(({ record }) =>
    ['running', 'stopped'].includes(record.desired),
  );
  const surplus = [...there].sort((a, b) => a.record.slot - b.record.slot).slice(spec.instances);
  amendSpec(undo, app, spec);
  want(undo, surplus, 'scaled away');
  plan.starts.push(...addInstances(god, undo, app, Math.max(0, spec.instances - there.length), 'running'));
  plan.ends.push(...surplus);
  plan.restarted.push(spec.name);
}
