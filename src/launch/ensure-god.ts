import { existsSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pmError } from '../errors';
import { ownerOf, tryLock, type Home } from '../home';
import { WireFailure, connect } from '../wire';
import { entryPath } from './entry';
import { recordedProgram } from './program';
import { spawnDaemon } from './spawn';

/** Long enough for a cold machine to start Node and adopt some hundred apps. */
const GOD_START_DEADLINE_MS = 15_000;
/** How often those who wait for somebody else's launch look: a God starts in about 100 ms. */
const LOOK_EVERY_MS = 15;
/** A God that dies before it is ready may have been killed (the OOM killer, a reboot); one that always does is broken. */
const MAX_DEATHS = 3;

/** Of the Gods that one caller started. */
interface Deaths {
  count: number;
}

export interface EnsureGodOptions {
  /** Called by an orphaned shim: respect the marker that `pm kill` leaves. */
  readonly revive?: boolean;
  /** The Node that God runs on; this process's own when absent. */
  readonly nodePath?: string;
  /** Added to what is left of the caller's environment (a shim has cleared its own). */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Resolves when a God answers on rpc.sock; starts one when none does. Any number of callers at once give one
 * God: they queue at `launch.lock`, and God itself holds `god.lock` while it lives.
 *
 * A God that is stopped (SIGSTOP) counts as there: its socket accepts, and the first call will tell.
 *
 * @throws PmError GOD_NOT_STARTED, GOD_UNREACHABLE, PERMISSION
 */
export async function ensureGod(home: Home, options: EnsureGodOptions = {}): Promise<void> {
  const endMs = performance.now() + GOD_START_DEADLINE_MS;
  const deaths: Deaths = { count: 0 };
  while (performance.now() < endMs) {
    if (await answers(home)) return;
    if (options.revive === true && existsSync(home.killedMarker)) return;
    if (await launchAlone(home, options, endMs - performance.now(), deaths)) return;
    await delay(LOOK_EVERY_MS);
  }
  const owner = ownerOf(home.lockFile);
  if (owner !== null)
    throw pmError('GOD_UNREACHABLE', { why: 'it holds the lock but does not listen', pid: owner });
  throw pmError('GOD_NOT_STARTED', {
    why: `none answered within ${String(GOD_START_DEADLINE_MS / 1000)} s`,
    log: home.logFile,
  });
}

/** The same for who holds `launch.lock` already. A God that was just born may be about to listen. */
export async function ensureGodLocked(home: Home, deadlineMs: number): Promise<void> {
  const endTick = performance.now() + deadlineMs;
  const deaths: Deaths = { count: 0 };
  while (performance.now() < endTick) {
    if ((await answers(home)) || (await launch(home, {}, endTick - performance.now(), deaths))) return;
    await delay(LOOK_EVERY_MS);
  }
  throw pmError('GOD_NOT_STARTED', {
    why: `none answered within ${String(Math.round(deadlineMs / 1000))} s`,
    log: home.logFile,
  });
}

async function answers(home: Home): Promise<boolean> {
  try {
    const client = await connect<Record<never, never>>(home.rpcSocket, { deadlineMs: 2000 });
    client.close();
    return true;
  } catch (error) {
    if (error instanceof WireFailure && error.kind === 'permission') {
      throw pmError('PERMISSION', { path: home.rpcSocket, why: error.message });
    }
    return false;
  }
}

/** False: somebody else is launching, or is God already. */
async function launchAlone(
  home: Home,
  options: EnsureGodOptions,
  deadlineMs: number,
  deaths: Deaths,
): Promise<boolean> {
  const lock = tryLock(`${home.path}/launch.lock`);
  if (!('release' in lock)) return false;
  try {
    return (await answers(home)) || (await launch(home, options, deadlineMs, deaths));
  } finally {
    lock.release();
  }
}

/** False: another God holds the lock and is about to listen, or this one died and another may be tried. */
async function launch(
  home: Home,
  options: EnsureGodOptions,
  deadlineMs: number,
  deaths: Deaths,
): Promise<boolean> {
  if (options.revive !== true) rmSync(home.killedMarker, { force: true });
  // It is about to listen, or hangs: another one could only go again, twenty times a second (seen).
  if (ownerOf(home.lockFile) !== null) return false;
  // Who revives may be older than the God that died, and must not go back behind it.
  const last = options.revive === true ? recordedProgram(home) : null;
  const report = await spawnDaemon(home, {
    entry: last?.entry ?? entryPath('god'),
    args: options.revive === true ? ['--revived'] : [],
    nodePath: last?.nodePath ?? options.nodePath ?? process.execPath,
    ...(options.env === undefined ? {} : { env: options.env }),
    deadlineMs,
    orphan: options.revive === true,
  });
  if (report.already === true) return false;
  if (report.died === true && ++deaths.count < MAX_DEATHS) return false;
  if (report.error !== undefined) throw pmError('GOD_NOT_STARTED', { why: report.error, log: home.logFile });
  return true;
}
