import type { AppSpec } from '../../model/app-spec';
import { pmError, reasonOf } from '../../errors';
import { writeFileAtomic } from '../../home';
import type { OperationStarted } from '../../protocol/control';
import { asParams } from '../../protocol/guards';
import type { God } from '../core/god';
import { byOf, runCommand } from '../loop/commands';
import type { Undo } from '../loop/undo';
import { addSavedApp } from '../loop/desired';
import { dumpOf, loadDump, type LoadedDump } from '../store/dump-file';
import { instancesOf } from '../core/world';
import { firstOf, lookAtPlaces } from './places';

/**
 * Writes the list to dump.json; the former one stays as dump.json.bak.
 *
 * @throws PmError NOTHING_TO_SAVE (unless forced), STATE_NOT_SAVED
 */
export async function save(god: God, raw: unknown): Promise<{ count: number; path: string }> {
  const isForced = asParams(raw)['force'] === true;
  const { text, count } = dumpOf(god.store.state.apps, god.clock.nowMs());
  if (count === 0 && !isForced) throw pmError('NOTHING_TO_SAVE', { path: god.home.dumpFile });
  await write(god, text);
  return { count, path: god.home.dumpFile };
}

/** dump.json becomes an empty list. @throws PmError STATE_NOT_SAVED */
export async function clearDump(god: God): Promise<{ path: string }> {
  await write(god, dumpOf([], god.clock.nowMs()).text);
  return { path: god.home.dumpFile };
}

async function write({ home }: God, text: string): Promise<void> {
  try {
    await writeFileAtomic(home.dumpFile, text, { keepOld: true });
  } catch (error) {
    throw pmError('STATE_NOT_SAVED', { path: home.dumpFile, why: reasonOf(error) }, { cause: error });
  }
}

/** The same name in another namespace is another app. */
const identityOf = ({ name, namespace }: AppSpec): string => JSON.stringify([namespace, name]);

/**
 * Starts what the dump names and is not in the list, by its name. Stopped ones come back stopped, ids as they were
 * unless somebody has them now.
 *
 * @throws PmError DUMP_UNREADABLE, STATE_NOT_SAVED
 */
export async function resurrect(
  god: God,
  raw: unknown,
): Promise<OperationStarted & { path: string | null; warnings: readonly string[] }> {
  const params = asParams(raw);
  const { apps, path, warnings } = read(god);
  for (const warning of warnings) god.log(`dump: ${warning}`);
  const places = await lookAtPlaces((apps ?? []).map(({ spec }) => spec));
  const started = await runCommand(god, params, (undo: Undo[]) => {
    const known = new Set([...god.world.apps.values()].map(({ record }) => identityOf(record.spec)));
    const added = (apps ?? [])
      .filter(({ spec }) => !known.has(identityOf(spec)))
      .map((saved) => {
        const origin = { by: byOf(params), origin: 'resurrect', nowMs: god.clock.nowMs() };
        return addSavedApp(god, undo, saved, firstOf(saved.spec, places, origin));
      });
    const starts = added
      .flatMap((app) => instancesOf(god.world, app))
      .filter(({ record }) => record.desired === 'running');
    const names = added.map(({ record }) => record.spec.name);
    return { what: `The resurrection of ${names.join(', ')}`, starts, started: names };
  });
  return { ...started, path: apps === null ? null : path, warnings };
}

function read({ home }: God): LoadedDump {
  try {
    return loadDump(home.dumpFile);
  } catch (error) {
    throw pmError('DUMP_UNREADABLE', { why: reasonOf(error) }, { cause: error });
  }
}
