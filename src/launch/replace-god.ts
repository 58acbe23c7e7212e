import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, pmError } from '../errors';
import { ownerIdentity, tryLock, type Home, type Lock } from '../home';
import { isAlive, signalProcess } from '../platform';
import { entryPath } from './entry';
import { ensureGodLocked } from './ensure-god';
import type { Program } from './program';

/** A God that hands over writes its state and goes: a fsync or two. */
const HAND_OVER_MS = 5000;
const DEADLINE_MS = 20_000;
const LOOK_EVERY_MS = 10;

/**
 * Puts a God of this very version in the place of the one that runs, whatever that is and in whatever state. The apps
 * are their shims', so nothing of this reaches them. Nobody else starts a God meanwhile: `launch.lock` is held.
 *
 * @param askToGo asks the old one to hand over to that program; when it throws, the old one is ended by force, unless
 * its disk is full
 * @throws PmError GOD_UNREACHABLE, GOD_NOT_STARTED, STATE_NOT_SAVED
 */
export async function replaceGod(home: Home, askToGo: (successor: Program) => Promise<void>): Promise<void> {
  const endTick = performance.now() + DEADLINE_MS;
  const lock = await takeLaunchLock(home, endTick);
  try {
    const old = ownerIdentity(home.lockFile);
    if (old !== null) {
      const successor = { nodePath: process.execPath, entry: entryPath('god') };
      const isGoing = await askToGo(successor).then(
        () => true,
        (error: unknown) => {
          // It would go, but what only it knows would go with it. It stays.
          if (hasCode(error, 'STATE_NOT_SAVED')) throw error;
          return false;
        },
      );
      const patienceTick = performance.now() + (isGoing ? HAND_OVER_MS : 0);
      while (isAlive(old) && performance.now() < patienceTick) await delay(LOOK_EVERY_MS);
      // An older version that does not know how, or one that hangs: a crash is a hand-over too.
      if (isAlive(old)) signalProcess(old, 'SIGKILL');
      while (isAlive(old) && performance.now() < endTick) await delay(LOOK_EVERY_MS);
      if (isAlive(old)) throw pmError('GOD_UNREACHABLE', { why: 'it cannot be ended', pid: old.pid });
    }
    await ensureGodLocked(home, endTick - performance.now());
  } finally {
    lock.release();
  }
}

async function takeLaunchLock(home: Home, endTick: number): Promise<Lock> {
  while (performance.now() < endTick) {
    const lock = tryLock(`${home.path}/launch.lock`);
    if ('release' in lock) return lock;
    await delay(LOOK_EVERY_MS);
  }
  throw pmError('GOD_NOT_STARTED', { why: 'somebody else is starting it all the time', log: home.logFile });
}
