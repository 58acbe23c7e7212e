import type { InstanceDetail } from '../../protocol/control';
import type { InstanceView } from '../../model/instance';
import { asParams, isTextList } from '../../protocol/guards';
import type { God } from '../core/god';
import type { Sampler } from '../metrics/sampler';
import { decideBalance } from '../policy/balance';
import { placeApp, shimKindOf } from '../policy/placement';
import { viewOf } from './view';
import { allInstances, currentWorker, type Instance } from '../core/world';
import { targetsOf } from './params';
import { resolveTargets } from './selectors';

export async function list(god: God, sampler: Sampler, raw: unknown): Promise<{ instances: InstanceView[] }> {
  const { fields } = asParams(raw);
  const instances = await viewsOf(god, sampler, allInstances(god.world));
  return { instances: isTextList(fields) ? instances.map((view) => onlyFields(view, fields)) : instances };
}

/** What was asked for is what is read. */
const onlyFields = (view: InstanceView, fields: readonly string[]): InstanceView =>
  Object.fromEntries(
    fields.map((field) => [field, view[field as keyof InstanceView]]),
  ) as unknown as InstanceView;

/** @throws PmError of the selectors */
export async function describe(
  god: God,
  sampler: Sampler,
  raw: unknown,
): Promise<{ details: InstanceDetail[] }> {
  const instances = resolveTargets(god.world, targetsOf(asParams(raw)));
  const views = await viewsOf(god, sampler, instances);
  return { details: instances.flatMap((instance, index) => detailOf(god, instance, views[index])) };
}

async function viewsOf(god: God, sampler: Sampler, instances: readonly Instance[]): Promise<InstanceView[]> {
  // All of them, whoever is asked about: the sample is everybody's.
  const pids = allInstances(god.world).map(
    (instance) => currentWorker(god.world, instance)?.process?.pid ?? 0,
  );
  const usageOf = await sampler.usage(pids);
  return instances.map((instance) => viewOf(god, instance, usageOf));
}

function detailOf(god: God, { app }: Instance, view: InstanceView | undefined): InstanceDetail[] {
  if (view === undefined) return [];
  const { spec } = app.record;
  const shim = god.shims.get(placeApp(app.record, god.settings.nodePath).shimId);
  const choice =
    shimKindOf(spec) === 'fork'
      ? null
      : decideBalance(spec.balance, { nodeVersion: shim?.nodeVersion ?? null, platform: process.platform });
  return [
    {
      view,
      spec,
      balance: choice?.words ?? null,
      watchProblem: app.watchProblem,
      shim: shim === null ? null : { id: shim.id, pid: shim.record.process.pid },
    },
  ];
}
