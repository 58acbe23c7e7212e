import { pmError } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import type { OperationStarted } from '../../protocol/control';
import { asParams } from '../../protocol/guards';
import type { God } from '../god';
import { runCommand, type RolloutRequest } from '../loop/commands';
import type { Undo } from '../loop/commit';
import { changeSpec, want } from '../loop/desired';
import type { RolloutKind } from '../policy/rollout';
import type { App, Instance } from '../world';
import { checkCron } from '../triggers/cron';
import { parallelOf, specChangeOf, targetsOf, type SpecChange } from './params';
import { resolveTargets } from './selectors';

/** @throws PmError of the selectors; RELOAD_IN_PROGRESS, STATE_NOT_SAVED */
export async function renewTargets(god: God, kind: RolloutKind, raw: unknown): Promise<OperationStarted> {
  const params = asParams(raw);
  const targets = targetsOf(params);
  const change = specChangeOf(params);
  const parallel = parallelOf(params);
  await checkCron(change.patch);
  return runCommand(god, params, (undo) => {
    const instances = resolveTargets(god.world, targets);
    const byApp = new Map<App, Instance[]>();
    for (const instance of instances) byApp.set(instance.app, [...(byApp.get(instance.app) ?? []), instance]);
    if (kind === 'reload') for (const app of byApp.keys()) refuseSecondReload(app);
    const rollouts = [...byApp].map(([app, of]) => ({ ...request(undo, kind, app, of, change), parallel }));
    const restarted = rollouts.map(({ app }) => app.record.spec.name);
    return { what: `The ${kind} of ${restarted.join(', ')}`, rollouts, restarted };
  });
}

function request(
  undo: Undo[],
  kind: RolloutKind,
  app: App,
  instances: Instance[],
  change: SpecChange,
): RolloutRequest {
  const previous = app.record.spec;
  const spec = changed(previous, change);
  const isChanged = JSON.stringify(previous) !== JSON.stringify(spec);
  if (isChanged) changeSpec(undo, app, spec);
  want(undo, instances, 'running');
  return { kind, app, instances, previousSpec: isChanged ? previous : null };
}

/** As PM2: attributes are replaced, variables are added to those that are there (PM2-FACTS §5.3). */
function changed(spec: AppSpec, { patch, unset, env }: SpecChange): AppSpec {
  const left = Object.fromEntries(
    Object.entries(spec).filter(([field]) => !unset.includes(field)),
  ) as unknown as AppSpec;
  const merged = { ...left, ...patch, env: { ...spec.env, ...patch.env, ...env } };
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
