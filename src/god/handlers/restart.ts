import { pmError } from '../../errors';
import { shellArguments } from '../../model/command-line';
import type { AppSpec } from '../../model/app-spec';
import type { OperationStarted } from '../../protocol/control';
import { asParams } from '../../protocol/guards';
import type { God } from '../core/god';
import { byOf, runCommand, type RolloutRequest } from '../loop/commands';
import type { Undo } from '../loop/undo';
import { enterGeneration, want } from '../loop/desired';
import { specFor, wouldMove } from '../loop/moves';
import type { RolloutKind } from '../policy/rollout';
import { instancesOf, labelOf, type App, type Instance } from '../core/world';
import { checkCron } from '../triggers/cron';
import { modeOf, parallelOf, specChangeOf, targetsOf, type SpecChange } from './params';
import { lookAtPlaces, nextOf, type Places } from './places';
import { decideModes } from './reload-mode';
import { resolveTargets } from './selectors';

/** @throws PmError of the selectors; RELOAD_IN_PROGRESS, STATE_NOT_SAVED */
export async function renewTargets(god: God, kind: RolloutKind, raw: unknown): Promise<OperationStarted> {
  const params = asParams(raw);
  const targets = targetsOf(params);
  const change = specChangeOf(params);
  const parallel = parallelOf(params);
  await checkCron(change.patch);
  const asked = resolveTargets(god.world, targets);
  const specs = [...new Set(asked.map(({ app }) => app))].map(({ record }) => changed(record.spec, change));
  const places = await lookAtPlaces(specs);
  const modes = kind === 'reload' ? await decideModes(god, asked, modeOf(params)) : null;
  return runCommand(god, params, (undo) => {
    const instances = resolveTargets(god.world, targets);
    const byApp = new Map<App, Instance[]>();
    for (const instance of instances) byApp.set(instance.app, [...(byApp.get(instance.app) ?? []), instance]);
    if (kind === 'reload') for (const app of byApp.keys()) refuseSecondReload(app);
    const warnings: string[] = [];
    const rollouts = [...byApp].map(([app, of]) => ({
      ...request(god, undo, { kind, app, instances: of, change, warnings, places, by: byOf(params) }),
      mode: modes?.of(app).mode,
      parallel,
    }));
    const notes = modes === null ? [] : [...byApp.keys()].flatMap((app) => modes.of(app).note ?? []);
    const restarted = rollouts.map(({ app }) => app.record.spec.name);
    return { what: `The ${kind} of ${restarted.join(', ')}`, rollouts, restarted, warnings, notes };
  });
}

interface Renewal {
  readonly kind: RolloutKind;
  readonly app: App;
  readonly instances: Instance[];
  readonly change: SpecChange;
  readonly places: Places;
  readonly by: string | null;
  /** Added to. */
  readonly warnings: string[];
}

function request(god: God, undo: Undo[], renewal: Renewal): RolloutRequest {
  const { kind, app, change, warnings } = renewal;
  const previous = app.record.spec;
  const { spec, warning } = specFor(god, kind, app, changed(previous, change));
  if (warning !== null) warnings.push(warning);
  const others = instancesOf(god.world, app).filter(
    (one) => one.record.desired === 'running' && !renewal.instances.includes(one),
  );
  // Both shims cannot listen on the same address, so nobody can stay behind.
  const instances = wouldMove(god, app, spec) ? [...renewal.instances, ...others] : renewal.instances;
  const origin = { by: renewal.by, origin: kind, nowMs: god.clock.nowMs() };
  const next = nextOf(app.record, spec, renewal.places, origin);
  const { number } = app.record.generation;
  if (next !== null) {
    const left = others.filter((one) => !instances.includes(one)).map(labelOf);
    if (left.length > 0) warnings.push(notYetFor(left, spec.name));
  }
  if (next !== null && kind === 'restart') enterGeneration(undo, app, next);
  want(undo, instances, 'running');
  return { kind, app, instances, next: kind === 'reload' ? next : null, previous: number };
}

/** Variables and attributes are the app's; what is told to one instance only would otherwise come over the rest unseen. */
const notYetFor = (left: readonly string[], name: string): string =>
  `What was changed is changed for ${name} as a whole: ${left.join(', ')} will get it with the next start`;

/** As PM2: attributes are replaced, variables are added to those that are there (PM2-FACTS §5.3). */
function changed(spec: AppSpec, { patch, unset, env }: SpecChange): AppSpec {
  const left = Object.fromEntries(
    Object.entries(spec).filter(([field]) => !unset.includes(field)),
  ) as unknown as AppSpec;
  const { commandLine } = spec;
  // `pm restart job -- --fast`: of what a shell runs these are arguments too, and not a new command.
  const args =
    commandLine === undefined || patch.args === undefined
      ? {}
      : { args: shellArguments(commandLine, patch.args) };
  const merged = { ...left, ...patch, ...args, env: { ...spec.env, ...patch.env, ...env } };
  if (merged.cronRestart !== '0') return merged;
  const { cronRestart: _off, ...rest } = merged;
  return rest;
}

/** @throws PmError RELOAD_IN_PROGRESS */
export function refuseSecondReload(app: App): void {
  // The record too: one that was begun may still be on its way to disk.
  if (app.rollout?.plan.kind === 'reload' || app.record.rollout?.kind === 'reload')
    throw pmError('RELOAD_IN_PROGRESS', { name: app.record.spec.name });
}
