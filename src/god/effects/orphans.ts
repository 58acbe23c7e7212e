import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, signalProcess, treeOf } from '../../platform';
import type { ActionOf } from '../core/actions';

/** How often it is looked whether one has gone; nobody tells us about processes that are not our children. */
const LOOK_EVERY_MS = 20;

/** Workers whose shim has died. */
export interface Orphans {
  /** Gives it its time, then ends it with its whole tree. Never throws. */
  end(orphan: ActionOf<'end-orphan'>): Promise<void>;
  /** Resolves when no orphan holds the place of that instance any more. */
  placeIsFree(instanceId: number): Promise<void>;
}

export function makeOrphans(): Orphans {
  const inPlace = new Map<number, Promise<unknown>>();
  return {
    end: (orphan) => {
      const gone = endOne(orphan);
      if (orphan.holdsPlace) {
        const all = Promise.all([inPlace.get(orphan.instanceId), gone]);
        inPlace.set(orphan.instanceId, all);
        void all.then(() => {
          if (inPlace.get(orphan.instanceId) === all) inPlace.delete(orphan.instanceId);
        });
      }
      return gone;
    },
    placeIsFree: async (instanceId) => {
      await inPlace.get(instanceId);
    },
  };
}

async function endOne({ process, afterMs, killAfterMs }: ActionOf<'end-orphan'>): Promise<void> {
  if (await isGoneWithin(afterMs, () => isAlive(process))) return;
  // Taken now: a child whose parent has ended cannot be found any more.
  const tree = treeOf(process);
  const isAnyAlive = (): boolean => tree.some(isAlive);
  for (const one of tree) signalProcess(one, 'SIGTERM');
  if (await isGoneWithin(killAfterMs, isAnyAlive)) return;
  for (const one of [...treeOf(process), ...tree]) signalProcess(one, 'SIGKILL');
  await isGoneWithin(killAfterMs, isAnyAlive);
}

async function isGoneWithin(ms: number, isThere: () => boolean): Promise<boolean> {
  const endTick = performance.now() + ms;
  while (isThere()) {
    if (performance.now() >= endTick) return false;
    await delay(LOOK_EVERY_MS, undefined, { ref: false });
  }
  return true;
}
