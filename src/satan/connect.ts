import type { Home } from '../home';
import { worded } from './failures';
import { isAbsence, openSatan, type Satan, type SatanOptions } from './satan';

/**
 * Connects to the God of this home and starts one when there is none. Never hangs: a God that is dead, frozen, or
 * not ours to talk to ends in an error within the deadline.
 *
 * @throws PmError GOD_UNREACHABLE, GOD_NOT_STARTED, PERMISSION
 */
export async function connectSatan(home: Home, options: SatanOptions = {}): Promise<Satan> {
  return (await tryOpen(home, options)) ?? launchAndOpen(home, options);
}

/**
 * The same for commands that need no God to be started: null when none listens.
 *
 * @throws PmError GOD_UNREACHABLE (it listens, but does not answer), PERMISSION
 */
export async function connectIfRunning(home: Home, options: SatanOptions = {}): Promise<Satan | null> {
  return tryOpen(home, options);
}

/** The common case first: asking is cheaper than `ensureGod`, which would connect once more. */
async function tryOpen(home: Home, options: SatanOptions): Promise<Satan | null> {
  try {
    return await openSatan(home, options);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw await worded(error, home, 'said hello');
  }
}

async function launchAndOpen(home: Home, options: SatanOptions): Promise<Satan> {
  try {
    return await openSatan(home, { ...options, launch: true });
  } catch (error) {
    throw await worded(error, home, 'said hello');
  }
}
