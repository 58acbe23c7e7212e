import { failpoint } from '../../platform';
import type { God } from '../core/god';
import { allInstances } from '../core/world';
import { settle } from './instance';
import { advance } from './rollouts';
import type { Undo } from './undo';

/** A change on its way to disk. */
interface Change {
  readonly undo: Undo[];
  /** Why it was taken back; null: it stands. */
  failure: unknown;
}

/** Oldest first. */
const underWay = new WeakMap<God, Change[]>();

/**
 * Makes a change of what is desired durable before anything acts on it. If it cannot be written (a full disk), or the
 * change itself refuses, everything is as it was and the command fails; running apps are not touched.
 *
 * @param change changes the records at once, and notes how each change is taken back
 * @throws PmError STATE_NOT_SAVED, or what `change` throws
 */
export async function commit<T>(god: God, change: (undo: Undo[]) => T): Promise<T> {
  const own: Change = { undo: [], failure: null };
  const result = changeAtOnce(own, change);
  const all = underWay.get(god) ?? [];
  underWay.set(god, all);
  all.push(own);
  try {
    await god.store.save();
    if (own.failure !== null) throw own.failure as Error;
    failpoint('commit.saved');
    return result;
  } catch (error) {
    if (own.failure === null) god.enqueue({ type: 'command', run: () => takeBack(god, all, own, error) });
    throw error;
  } finally {
    all.splice(all.indexOf(own), 1);
  }
}

/** One that refuses is taken back before anything can have come of it; those on their way to disk are not concerned. */
function changeAtOnce<T>(own: Change, change: (undo: Undo[]) => T): T {
  try {
    const result = change(own.undo);
    failpoint('commit.changed');
    return result;
  } catch (error) {
    undoAll(own);
    throw error;
  }
}

/** Changes that were made after it were made on top of it, so they cannot stand either: they fail with it. */
function takeBack(god: God, all: readonly Change[], first: Change, failure: unknown): void {
  for (const change of all.slice(all.indexOf(first)).reverse()) {
    undoAll(change);
    change.failure = failure;
  }
  // An end that came meanwhile was decided by what was meant at that time.
  for (const instance of allInstances(god.world)) settle(god, instance);
  for (const app of god.world.apps.values()) advance(god, app);
}

function undoAll({ undo }: Change): void {
  for (const takeBackOne of undo.reverse()) takeBackOne();
}
