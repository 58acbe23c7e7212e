import { pmError } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import { differences } from '../../model/equal';
import type { Generation, GenerationView } from '../../model/generation';
import type { AppHistory, OperationStarted } from '../../protocol/control';
import { asParams, checkInteger } from '../../protocol/guards';
import type { God } from '../core/god';
import { byOf, runCommand, type RolloutRequest } from '../loop/commands';
import { want } from '../loop/desired';
import { specFor } from '../loop/moves';
import { generationOf, nextNumber } from '../store/generations';
import type { AppRecord } from '../store/records';
import { instancesOf, type App } from '../core/world';
import { modeOf, parallelOf, targetsOf } from './params';
import { decideModes } from './reload-mode';
import { refuseSecondReload } from './restart';
import { resolveTargets } from './selectors';

/**
 * Reloads whole apps to an earlier generation. It becomes a new one, so that the way forward is a rollback too.
 *
 * @throws PmError of the selectors; NO_GENERATION, RELOAD_IN_PROGRESS, STATE_NOT_SAVED
 */
export async function rollback(god: God, raw: unknown): Promise<OperationStarted> {
  const params = asParams(raw);
  const targets = targetsOf(params);
  const number = params['number'] === undefined ? null : checkInteger(params, 'number');
  const parallel = parallelOf(params);
  const modes = await decideModes(god, resolveTargets(god.world, targets), modeOf(params));
  return runCommand(god, params, (undo) => {
    const apps = [...new Set(resolveTargets(god.world, targets).map(({ app }) => app))];
    const warnings: string[] = [];
    const rollouts = apps.map((app): RolloutRequest => {
      refuseSecondReload(app);
      const wanted = earlierOf(app.record, number);
      const { spec, warning } = specFor(god, 'reload', app, withCountOf(app.record.spec, wanted.spec));
      if (warning !== null) warnings.push(warning);
      const instances = instancesOf(god.world, app).filter(({ record }) => record.desired === 'running');
      want(undo, instances, 'running');
      const next: Generation = {
        ...wanted,
        spec,
        number: nextNumber(app.record),
        createdAtMs: god.clock.nowMs(),
        by: byOf(params),
        origin: `rollback to ${wanted.number}`,
        failure: null,
      };
      const previous = app.record.generation.number;
      return { kind: 'reload', app, instances, next, previous, mode: modes.of(app).mode, parallel };
    });
    const names = apps.map(({ record }) => record.spec.name);
    const notes = apps.flatMap((app) => modes.of(app).note ?? []);
    return { what: `The rollback of ${names.join(', ')}`, rollouts, restarted: names, warnings, notes };
  });
}

/** How many instances there are is asked for by `scale`, and no matter of the version. */
const withCountOf = ({ instances, instancesGiven }: AppSpec, spec: AppSpec): AppSpec => ({
  ...spec,
  instances,
  instancesGiven,
});

/** By number, else the newest one that has served before the current one. @throws PmError NO_GENERATION */
function earlierOf(app: AppRecord, number: number | null): Generation {
  const { name } = app.spec;
  const served = app.others.filter(({ failure }) => failure === null);
  const known = [...app.others.map((one) => one.number), app.generation.number].join(', ');
  const found = number === null ? served.at(-1) : generationOf(app, number);
  if (found !== undefined && found.number !== app.generation.number) return found;
  const why =
    found !== undefined
      ? `generation ${found.number} is the one that it has`
      : number === null
        ? 'there is none before the one that it has'
        : `there is no generation ${number}`;
  throw pmError('NO_GENERATION', { name, why, known });
}

/** @throws PmError of the selectors */
export function history(god: God, raw: unknown): { apps: AppHistory[] } {
  const { world } = god;
  const apps = new Set(resolveTargets(world, targetsOf(asParams(raw))).map(({ app }) => app));
  return {
    apps: [...apps].map((app) => ({ name: app.record.spec.name, generations: generationsOf(app) })),
  };
}

function generationsOf({ record }: App): GenerationView[] {
  const current: Generation = { ...record.generation, spec: record.spec, failure: null };
  const coming = record.rollout?.next ?? null;
  const all = [...record.others, current, ...(coming === null ? [] : [coming])];
  const sorted = all.sort((a, b) => a.number - b.number);
  return sorted.map(({ spec, ...facts }, index) => {
    const before = sorted.slice(0, index).findLast(({ failure }) => failure === null);
    return {
      ...facts,
      isCurrent: facts.number === current.number,
      instanceIds: record.instances.filter((one) => one.generation === facts.number).map(({ id }) => id),
      changed: before === undefined ? [] : differences(before.spec, spec),
    };
  });
}
