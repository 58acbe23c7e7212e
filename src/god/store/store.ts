import { rmSync } from 'node:fs';
import { pmError, reasonOf } from '../../errors';
import { writeFileAtomic } from '../../home';
import type { GodState } from './records';

/** God's desired state and its way to disk. */
export interface Store {
  readonly state: GodState;
  /**
   * Resolves when everything that holds now is on disk. Callers that come while a write is under way share the
   * next one, so a storm of exits costs two writes.
   *
   * @throws PmError STATE_NOT_SAVED; the old file is untouched
   */
  save(): Promise<void>;
  /** The same for changes that nobody waits for; a failure is told to `onFailure`, and the next save tries again. */
  saveLater(): void;
  /**
   * For a list that is to be forgotten, on a disk that takes no empty one: removes the files, which needs no room, and
   * writes nothing any more.
   *
   * @throws PmError STATE_NOT_SAVED
   */
  abandon(): void;
}

export interface StoreOptions {
  readonly path: string;
  readonly state: GodState;
  readonly onFailure: (why: string) => void;
  /** Unit tests count and fail writes with it. */
  readonly write?: (path: string, text: string) => Promise<void>;
}

const writeKeepingOld = (path: string, text: string): Promise<void> =>
  writeFileAtomic(path, text, { keepOld: true });

export function makeStore({ path, state, onFailure, write = writeKeepingOld }: StoreOptions): Store {
  let writing: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  let isAbandoned = false;

  const writeNow = async (): Promise<void> => {
    // From here on a change needs another write.
    next = null;
    if (isAbandoned) return;
    try {
      await write(path, JSON.stringify(state));
    } catch (error) {
      throw pmError('STATE_NOT_SAVED', { path, why: reasonOf(error) }, { cause: error });
    }
  };

  const save = (): Promise<void> => {
    if (next !== null) return next;
    // A failed write is its own callers' matter; the next one is tried all the same.
    next = writing.then(writeNow, writeNow);
    writing = next;
    return next;
  };

  return {
    state,
    save,
    saveLater: () => {
      save().catch((error: unknown) => {
        onFailure(reasonOf(error));
      });
    },
    abandon: () => {
      isAbandoned = true;
      try {
        for (const file of [path, `${path}.bak`]) rmSync(file, { force: true });
      } catch (error) {
        throw pmError('STATE_NOT_SAVED', { path, why: reasonOf(error) }, { cause: error });
      }
    },
  };
}
