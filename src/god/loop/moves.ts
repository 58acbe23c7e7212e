import { pmError } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import type { God } from '../core/god';
import { FORK_SHIM, placeApp, shimKindOf } from '../policy/placement';
import type { RolloutKind } from '../policy/rollout';
import { currentWorker, instancesOf, type App } from '../core/world';

/** The Node of a cluster app was upgraded away (store/gone-node.ts): in the shim that has its listeners nothing starts. */
function isElsewhere(god: God, app: App): boolean {
  const { shimId } = placeApp(app.record, god.settings.nodePath);
  return instancesOf(god.world, app).some((instance) => {
    const worker = currentWorker(god.world, instance);
    return worker !== null && ![shimId, FORK_SHIM].includes(worker.shimId);
  });
}

/** Can the app get that spec only by a restart? */
export const needsGap = (god: God, app: App, spec: AppSpec): boolean =>
  isElsewhere(god, app) || wouldMove(god, app, spec);

function refuseGap(god: God, app: App): void {
  if (!isElsewhere(god, app)) return;
  const { name } = app.record.spec;
  throw pmError('BAD_ARGUMENT', {
    message: `${name} cannot be reloaded without a gap in which nobody listens: it runs on another Node than the one that it is started with now`,
    hint: `Nothing was changed. \`pm restart ${name}\` takes it there.`,
  });
}

/** Does an app that runs get another shim by the change? */
export function wouldMove(god: God, app: App, spec: AppSpec): boolean {
  const { nodePath } = god.settings;
  const before = placeApp(app.record, nodePath);
  return isRunning(god, app) && placeApp({ ...app.record, spec }, nodePath).shimId !== before.shimId;
}

const isRunning = (god: God, app: App): boolean =>
  instancesOf(god.world, app).some((instance) => currentWorker(god.world, instance) !== null);

/** What decides which shim an app has, by its public name. */
const DECISIVE = [
  ['exec_mode', 'execMode'],
  ['interpreter', 'interpreterPath'],
  ['hold_listeners', 'holdListeners'],
] as const;

/**
 * What the app becomes. A reload loses no request, and the listeners of a cluster app cannot go from one shim to
 * another without a gap: what would need that is left as it is, and said. A restart applies it.
 */
export function specFor(
  god: God,
  kind: RolloutKind,
  app: App,
  spec: AppSpec,
): { readonly spec: AppSpec; readonly warning: string | null } {
  const before = app.record.spec;
  if (kind === 'reload') refuseGap(god, app);
  if (kind === 'restart' || shimKindOf(before) === 'fork' || !wouldMove(god, app, spec))
    return { spec, warning: null };
  const names = DECISIVE.filter(([, field]) => before[field] !== spec[field]).map(([name]) => name);
  const { execMode, interpreter, interpreterPath, holdListeners } = before;
  return {
    spec: { ...spec, execMode, interpreter, interpreterPath, holdListeners },
    warning: `The reload of ${before.name} leaves ${names.join(' and ')} as it was, because to change it takes a gap in which nobody listens: give it to a restart`,
  };
}
