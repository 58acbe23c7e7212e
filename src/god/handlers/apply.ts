import type { AppSpec } from '../../model/app-spec';
import type { AppsPlan } from '../../model/plan';
import type { OperationStarted } from '../../protocol/control';
import { pmError } from '../../errors';
import { asParams, type JsonObject } from '../../protocol/guards';
import type { God } from '../core/god';
import { byOf, runCommand, type Command } from '../loop/commands';
import type { Undo } from '../loop/undo';
import { addNewApp, amendSpec, want } from '../loop/desired';
import { needsGap } from '../loop/moves';
import { planApply, specToBe, type AppFacts, type Wanted } from '../policy/plan';
import { checkCron } from '../triggers/cron';
import { allInstances, instancesOf, type App } from '../core/world';
import { appsOf, modeOf, parallelOf } from './params';
import { firstOf, lookAtPlaces, type Places } from './places';
import { decideModes, type ReloadModes } from './reload-mode';
import { emptyPlan, findKnown, isThere, renew, rescale } from './start';

interface Request {
  readonly apps: readonly AppSpec[];
  readonly file: string | null;
  readonly prune: boolean;
}

/** @throws PmError PROTOCOL */
function requestOf(params: JsonObject): Request {
  const { file, prune } = params;
  if (file !== undefined && typeof file !== 'string')
    throw pmError('PROTOCOL', { why: 'parameter file is of another type' });
  return { apps: appsOf(params), file: file ?? null, prune: prune === true };
}

/** What `apply` would do. Nothing is changed, and nothing written. @throws PmError PROTOCOL, CRON_INVALID */
export async function plan(god: God, raw: unknown): Promise<AppsPlan> {
  const request = requestOf(asParams(raw));
  for (const spec of request.apps) await checkCron(spec);
  const places = await lookAtPlaces(request.apps);
  return survey(god, request, places).plan;
}

/**
 * Makes what runs be what the file says: planned again in the turn in which it is decided, and written as one. Each app is
 * renewed by itself: the failure of one is the outcome of the operation, and takes nothing of the others back.
 *
 * @throws PmError PROTOCOL, CRON_INVALID, RELOAD_IN_PROGRESS, SHIM_SILENT, STATE_NOT_SAVED
 */
export async function apply(god: God, raw: unknown): Promise<OperationStarted> {
  const params = asParams(raw);
  const request = requestOf(params);
  for (const spec of request.apps) await checkCron(spec);
  const places = await lookAtPlaces(request.apps);
  const named = allInstances(god.world).filter(({ app }) =>
    request.apps.some(({ name }) => name === app.record.spec.name),
  );
  const modes = await decideModes(god, named, modeOf(params));
  const origin = { places, modes, by: byOf(params), parallel: parallelOf(params) };
  return runCommand(god, params, (undo) => carryOut(god, undo, survey(god, request, places), origin));
}

/** The plan, with the apps that its changes are about, one to one. */
interface Survey {
  readonly plan: AppsPlan;
  readonly about: readonly { readonly app: App | null; readonly spec: AppSpec }[];
}

function survey(god: God, { apps, file, prune }: Request, places: Places): Survey {
  const taken = new Set<App>();
  const found = apps.map((spec) => {
    const app = findKnown(god, spec, 'name', taken) ?? null;
    if (app !== null) taken.add(app);
    return { app, spec };
  });
  const left = [...god.world.apps.values()].filter(
    (app) => file !== null && app.record.spec.configFile === file && !taken.has(app) && isThere(god, app),
  );
  const wanted = found.map(({ app, spec }): Wanted => ({
    spec,
    place: places(spec),
    known: app === null ? null : factsOf(god, app, spec),
  }));
  const gone = left.map((app) => ({ app, spec: app.record.spec }));
  return {
    plan: planApply({ wanted, left: gone.map(({ spec }) => spec), prune }),
    about: [...found, ...(prune ? gone : [])],
  };
}

const thereOf = (god: God, app: App): ReturnType<typeof instancesOf> =>
  instancesOf(god.world, app).filter(({ record }) => ['running', 'stopped'].includes(record.desired));

const isDown = ({ record }: ReturnType<typeof instancesOf>[number]): boolean =>
  record.errored !== null || (record.desired === 'stopped' && !record.endedByItself);

function factsOf(god: God, app: App, given: AppSpec): AppFacts {
  const there = thereOf(god, app);
  const { spec, generation } = app.record;
  return {
    spec,
    place: generation,
    instances: there.length,
    down: there.filter(isDown).length,
    moves: needsGap(god, app, specToBe(spec, given)),
  };
}

interface Means {
  readonly places: Places;
  readonly modes: ReloadModes;
  readonly by: string | null;
  readonly parallel: number | undefined;
}

function carryOut(god: God, undo: Undo[], { plan: { changes }, about }: Survey, means: Means): Command {
  const { places, modes, by, parallel } = means;
  const todo = emptyPlan();
  changes.forEach(({ kind }, index) => {
    const { app = null, spec: given } = about[index] ?? {};
    if (given === undefined || kind === 'nothing') return;
    if (app === null) {
      const added = addNewApp(
        god,
        undo,
        firstOf(given, places, { by, origin: 'apply', nowMs: god.clock.nowMs() }),
      );
      const running = instancesOf(god.world, added).filter(({ record }) => record.desired === 'running');
      todo.starts.push(...running);
      todo.started.push(given.name);
      return;
    }
    const spec = specToBe(app.record.spec, given);
    const { instances } = app.record.spec;
    switch (kind) {
      case 'reload':
      case 'restart': {
        const { mode, note } = modes.of(app);
        if (kind === 'reload' && note !== null) todo.notes.push(note);
        return renew(god, undo, todo, app, {
          ...{ spec, kind, parallel, places, by },
          mode: kind === 'reload' ? mode : undefined,
        });
      }
      case 'scale':
        return rescale(god, undo, todo, app, spec);
      case 'start': {
        const down = thereOf(god, app).filter(isDown);
        amendSpec(undo, app, { ...spec, instances });
        want(undo, down, 'running');
        todo.starts.push(...down);
        todo.started.push(spec.name);
        return;
      }
      case 'delete': {
        const all = instancesOf(god.world, app);
        want(undo, all, 'deleted');
        todo.ends.push(...all);
        return;
      }
      case 'add':
      case 'amend':
        return amendSpec(undo, app, { ...spec, instances });
    }
  });
  return { what: 'The apply', ...todo };
}
