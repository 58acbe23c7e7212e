import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '../errors';
import type { Home } from '../home';
import { ensureGod, type EnsureGodOptions } from '../launch';
import { failpoint } from '../platform';
import { tell } from './tell';

/** A God that restarts itself is away for about 100 ms; this long means that it died. */
const GRACE_MS = 500;
/**
 * Without a home, or with a God that cannot start (half of an upgrade), apps go on and we go on trying, gently: every
 * cluster app has a shim that does, and each failure leaves a trace in pm.log, which nobody rotates meanwhile.
 */
const FIRST_RETRY_MS = 5000;
const MAX_RETRY_MS = 60_000;

export interface GodWatch {
  /** How many connections of God's there are now. */
  readonly onConnectionCount: (count: number) => void;
}

/**
 * Starts a God when ours has been gone for a grace time (D2), unless `pm kill` has left its marker. A God that
 * is only frozen keeps its connection, so it is left alone.
 */
export function watchGod(home: Home, options: EnsureGodOptions): GodWatch {
  let present = false;
  let reviving = false;
  let endPause = (): void => undefined;

  /** Until then, or until a God is there: the next one may be missed at once. */
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const revive = async (): Promise<void> => {
    if (reviving) return;
    reviving = true;
    let retryMs = FIRST_RETRY_MS;
    await delay(GRACE_MS);
    while (!present && !existsSync(home.killedMarker)) {
      try {
        failpoint('revive');
        await ensureGod(home, { ...options, revive: true });
        failpoint('revived');
        await delay(GRACE_MS * 4);
      } catch (error) {
        tell(`God cannot be revived: ${reasonOf(error)}`);
        await pause(retryMs);
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      }
    }
    reviving = false;
  };

  // A God that dies before it has connected even once is missed as well: it may have been about to start apps.
  void revive();
  return {
    onConnectionCount: (count) => {
      present = count > 0;
      if (present) endPause();
      else void revive();
    },
  };
}
