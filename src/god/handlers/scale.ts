import { pmError } from '../../errors';
import type { OperationStarted } from '../../protocol/control';
import { asParams, checkText } from '../../protocol/guards';
import type { God } from '../god';
import { runCommand } from '../loop/commands';
import { addInstances, amendSpec, want } from '../loop/desired';
import { instancesOf, type App } from '../world';

/** More or fewer instances of an app. @throws PmError APP_NOT_FOUND, NOTHING_TO_DO, BAD_ARGUMENT, STATE_NOT_SAVED */
export async function scale(god: God, raw: unknown): Promise<OperationStarted> {
  const params = asParams(raw);
  const name = checkText(params, 'name');
  const count = checkText(params, 'count');
  return runCommand(god, params, (undo) => {
    const app = findApp(god, name);
    const there = instancesOf(god.world, app).filter(({ record }) =>
      ['running', 'stopped'].includes(record.desired),
    );
    const wanted = readCount(count, there.length);
    if (wanted === there.length) throw pmError('NOTHING_TO_DO', { name, count: wanted });
    const surplus = [...there].sort((a, b) => a.record.slot - b.record.slot).slice(wanted);
    amendSpec(undo, app, { ...app.record.spec, instances: wanted });
    want(undo, surplus, 'scaled away');
    const added = addInstances(god, undo, app, Math.max(0, wanted - there.length), 'running');
    return { what: `The scaling of ${name}`, starts: added, ends: surplus };
  });
}

function findApp(god: God, name: string): App {
  const apps = [...god.world.apps.values()];
  const app = apps.find(({ record }) => record.spec.name === name || record.spec.script === name);
  if (app === undefined) throw pmError('APP_NOT_FOUND', { name });
  return app;
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
