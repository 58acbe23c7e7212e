import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pmError, reasonOf } from '../../errors';
import { tryLock, type Home, type Lock } from '../../home';
import { spawnDaemon, type Program } from '../../launch';
import { failpoint } from '../../platform';
import type { Publisher, WireServer } from '../../wire';
import type { God } from '../core/god';
import { logLine } from './log';
import { endEverything } from './shutdown';
import { allInstances } from '../core/world';

/** Lets the CLI that asked for the end read that it has come, before its connection goes. */
const LAST_ANSWER_MS = 100;
/** `pm kill` waits for God itself, as if for a rollout of this name. */
const END_OF_GOD = 'god';
/** Enough for it to be born; it says in pm.log what it has to say. Whoever asked starts one himself when none answers. */
const BIRTH_MS = 100;
/** EX_TEMPFAIL. Not 0: the systemd unit takes it for a reason to look for the successor (RestartForceExitStatus). */
export const HANDED_OVER = 75;

/** God as a process: what it holds besides what it knows. */
export interface Daemon {
  readonly home: Home;
  readonly lock: Lock;
  readonly god: God;
  readonly publisher: Publisher;
  server: WireServer | null;
  /** Operations that wait for the end of God. */
  readonly kills: string[];
}

/** Ends the process; main's. */
export type Exit = (code: number) => void;

/** `pm kill`: answers at once with an operation, whose end is the last thing that God says. */
export function beginKill(daemon: Daemon, exit: Exit): string {
  const { god } = daemon;
  const id = god.operations.begin({
    what: 'The end of God',
    instanceIds: allInstances(god.world).map(({ record }) => record.id),
    goals: [],
    isOwn: true,
    rollouts: [END_OF_GOD],
    warnings: [],
    deadlineMs: 24 * 60 * 60 * 1000,
  });
  daemon.kills.push(id);
  if (!god.ending) {
    logLine('kill: every app is stopped and forgotten, then God ends');
    void end(daemon, exit);
  }
  return id;
}

/** Stops every app in order, then every shim, then God. After a `pm kill`, also one that came meanwhile, the list is empty. */
export async function end(daemon: Daemon, exit: Exit): Promise<void> {
  const { god, home } = daemon;
  forbidRevival(home);
  try {
    const problem = await endEverything(god, () => daemon.kills.length > 0);
    for (const id of daemon.kills) god.operations.rolloutEnded(id, END_OF_GOD, problem);
    await delay(LAST_ANSWER_MS);
  } catch (error) {
    logLine(`ending failed: ${reasonOf(error)}`);
  }
  await leave(daemon);
  logLine('PM Daemon ended');
  exit(0);
}

/** From here on no shim may bring a God back. None has a reason to while we are here, so a disk that is full is no obstacle. */
function forbidRevival(home: Home): void {
  try {
    writeFileSync(home.killedMarker, '', { mode: 0o600 });
  } catch (error) {
    logLine(`${home.killedMarker} could not be written: ${reasonOf(error)}`);
  }
}

/**
 * Ends as by a crash, but with everything written: no shim is told, and what they tell from here on is for the
 * successor. It is born by us, so that it belongs to the same service of the init system.
 *
 * @throws PmError STATE_NOT_SAVED; then this God stays
 */
export async function handOver(
  daemon: Daemon,
  successor: Program | null,
  exit: Exit,
): Promise<Record<never, never>> {
  const { god } = daemon;
  if (god.ending) throw pmError('BAD_ARGUMENT', { message: 'God is ending already' });
  failpoint('hand-over.asked');
  await god.store.save();
  failpoint('hand-over.saved');
  logLine(successor === null ? 'hand-over' : `hand-over to ${successor.entry} on ${successor.nodePath}`);
  god.enqueue({ type: 'hand-over' });
  void goAway(daemon, successor, exit);
  return {};
}

async function goAway(daemon: Daemon, successor: Program | null, exit: Exit): Promise<void> {
  try {
    await daemon.god.store.save();
    await delay(LAST_ANSWER_MS);
  } catch (error) {
    logLine(`the last changes could not be written: ${reasonOf(error)}`);
  }
  failpoint('hand-over.answered');
  await leave(daemon);
  failpoint('hand-over.left');
  if (successor !== null) await bear(daemon.home, successor);
  failpoint('hand-over.born');
  exit(HANDED_OVER);
}

async function bear(home: Home, program: Program): Promise<void> {
  try {
    await spawnDaemon(home, { ...program, args: [], deadlineMs: BIRTH_MS });
  } catch (error) {
    logLine(`the successor could not be started: ${reasonOf(error)}`);
  }
}

async function leave({ home, lock, server, publisher }: Daemon): Promise<void> {
  await Promise.all([server?.close(), publisher.close()]).catch(() => undefined);
  try {
    for (const path of [home.pidFile, home.rpcSocket, home.pubSocket]) rmSync(path, { force: true });
    // Who started us may have been killed meanwhile.
    const launch = tryLock(`${home.path}/launch.lock`);
    if ('release' in launch) launch.release();
  } catch (error) {
    // A disk that is read-only. What stays names a God that is dead.
    logLine(`the files of this God could not be removed: ${reasonOf(error)}`);
  }
  lock.release();
}
