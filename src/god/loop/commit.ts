import { failpoint } from '../../platform';
import type { God } from '../god';
import { allInstances } from '../world';
import { settle } from './instance';

/** Takes back one part of a change. */
export type Undo = () => void;

/**
 * Makes a change of what is desired durable before anything acts on it. If it cannot be written (a full disk), or the
 * change itself refuses, everything is as it was and the command fails; running apps are not touched.
 *
 * @param change changes the records at once, and notes how each change is taken back
 * @throws PmError STATE_NOT_SAVED, or what `change` throws
 */
export async function commit<T>(god: God, change: (undo: Undo[]) => T): Promise<T> {
  const undo: Undo[] = [];
  try {
    const result = change(undo);
    failpoint('commit.changed');
    await god.store.save();
    failpoint('commit.saved');
    return result;
  } catch (error) {
    god.enqueue({
      type: 'command',
      run: () => {
        for (const takeBack of undo.reverse()) takeBack();
        // An end that came meanwhile was decided by what was meant at that time.
        for (const instance of allInstances(god.world)) settle(god, instance);
      },
    });
    throw error;
  }
}

/** Sets some fields of a record, and notes how to set them back. */
export function assign<T extends object>(undo: Undo[], record: T, changes: Partial<T>): void {
  const names = Object.keys(changes) as (keyof T)[];
  const before = Object.fromEntries(names.map((name) => [name, record[name]])) as Partial<T>;
  Object.assign(record, changes);
  undo.push(() => Object.assign(record, before));
}
