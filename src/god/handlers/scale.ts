import { hasCode, pmError } from '../../errors';
import { MOST_INSTANCES, usualMost } from '../../model/instance-count';
import { cpuCount } from '../../platform';
import type { OperationStarted, Targets } from '../../protocol/control';
import { asParams, checkText, type JsonObject } from '../../protocol/guards';
import type { God } from '../core/god';
import { runCommand } from '../loop/commands';
import { addInstances, amendSpec, want } from '../loop/desired';
import { instancesOf, type App, type Instance } from '../core/world';
import { targetsOf } from './params';
import { resolveTargets } from './selectors';

/** More or fewer instances of an app. @throws PmError APP_NOT_FOUND, NOTHING_TO_DO, BAD_ARGUMENT, STATE_NOT_SAVED */
export async function scale(god: God, raw: unknown): Promise<OperationStarted> {
  const params = asParams(raw);
  const name = checkText(params, 'name');
  const count = checkText(params, 'count');
  return runCommand(god, params, (undo) => {
    const app = findApp(god, name, params);
    const there = instancesOf(god.world, app).filter(({ record }) =>
      ['running', 'stopped'].includes(record.desired),
    );
    const wanted = readCount(count, there.length);
    if (wanted === there.length) throw pmError('NOTHING_TO_DO', { name, count: wanted });
    refuseMany(name, wanted, there.length, params['force'] === true);
    const surplus = [...there].sort((a, b) => a.record.slot - b.record.slot).slice(wanted);
    amendSpec(undo, app, { ...app.record.spec, instances: wanted });
    want(undo, surplus, 'scaled away');
    const added = addInstances(god, undo, app, Math.max(0, wanted - there.length), 'running');
    return { what: `The scaling of ${name}`, starts: added, ends: surplus };
  });
}

/** @throws PmError TOO_MANY_INSTANCES */
function refuseMany(name: string, count: number, now: number, isForced: boolean): void {
  const most = isForced ? MOST_INSTANCES : usualMost(cpuCount());
  if (count > now && count > most)
    throw pmError('TOO_MANY_INSTANCES', { name, count, most, isUsual: !isForced && count <= MOST_INSTANCES });
}

/** The one app that is meant. @throws PmError APP_NOT_FOUND, BAD_ARGUMENT when several are */
function findApp(god: God, name: string, { targets }: JsonObject): App {
  const about = targets === undefined ? {} : targetsOf({ targets });
  const apps = [...new Set(instancesNamed(god, name, about).map(({ app }) => app))];
  const [app] = apps;
  if (app === undefined) throw pmError('APP_NOT_FOUND', { name });
  if (apps.length === 1) return app;
  const places = apps.map(({ record }) => `${record.spec.name} (namespace ${record.spec.namespace})`);
  throw pmError('BAD_ARGUMENT', {
    message: `${name} is ${apps.length} apps: ${places.join(', ')}`,
    hint: 'Scale them one by one; --namespace tells apart what has the same name.',
  });
}

function instancesNamed(god: God, name: string, targets: Targets): readonly Instance[] {
  try {
    return resolveTargets(god.world, { ...targets, selectors: [name] });
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND') || hasCode(error, 'ID_UNKNOWN') || hasCode(error, 'NO_PROCESS'))
      return [];
    throw error;
  }
}

function readCount(count: string, now: number): number {
  const match = /^([+-]?)(\d+)$/.exec(count.trim());
  const number = Number(match?.[2]);
  const signs: Readonly<Record<string, number>> = { '+': now + number, '-': now - number };
  const wanted = signs[match?.[1] ?? ''] ?? number;
  if (match === null || wanted < 1) {
    throw pmError('BAD_ARGUMENT', {
      message: `Cannot scale to ${count}: expected a number of at least 1, +N or -N (there ${now === 1 ? 'is' : 'are'} ${now} now)`,
      hint: 'To have none, use `pm stop` or `pm delete`.',
    });
  }
  return wanted;
}
