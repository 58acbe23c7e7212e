import { existsSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pmError, reasonOf } from '../../errors';
import { ownerIdentity, readJsonFile, shimPathsAt, tryLock, type Home } from '../../home';
import { bootId, failpoint, isAlive } from '../../platform';
import { isObject } from '../../protocol/guards';
import type { ProcessIdentity } from '../../model/instance';
import { SHIM_PROTOCOL, type GroupSettings, type ShimApi, type ShimRecord } from '../../protocol/shim';
import { WireFailure, connect, type WireClient } from '../../wire';
import { isIdentity } from '../store/read-values';

/** A shim answers out of memory; a machine that swaps may need a while. */
export const CALL_DEADLINE_MS = 10_000;
/** How long the connecting itself may take: the socket is local and its shim has nothing else to do, unless it is being born. */
const CONNECT_DEADLINE_MS = 3000;
/** A shim is born in about 50 ms. */
const LOOK_EVERY_MS = 15;

/** God's view of one living shim. */
export interface ShimHandle {
  readonly id: string;
  readonly record: ShimRecord;
  readonly nodeVersion: string;
  readonly client: WireClient<ShimApi>;
  /** What the group was last told; null: nothing over this connection. */
  settings: GroupSettings | null;
}

/** A shim that runs, as its files say. */
export type LivingShim = Pick<ShimRecord, 'id' | 'process'>;

/**
 * The shim that `shims/<id>/json` names, if that very process still runs, or the one that is being born and only has
 * its lock yet. What a dead one has left (or one from before a reboot) is removed; under its lock, because the God
 * before may have died while he was starting one.
 */
export function findShim(home: Home, id: string): LivingShim | null {
  const { dir, lock, record: path } = shimPathsAt(home, id);
  const record = readJsonFile(path);
  if (isShimRecord(record) && record.id === id && record.bootId === bootId() && isAlive(record.process))
    return record;
  if (!existsSync(dir)) return null;
  if ('release' in tryLock(lock)) {
    rmSync(dir, { recursive: true, force: true });
    return null;
  }
  const process = ownerIdentity(lock);
  return process === null ? null : { id, process };
}

const isShimRecord = (value: unknown): value is ShimRecord =>
  isObject(value) &&
  typeof value['id'] === 'string' &&
  (value['kind'] === 'fork' || value['kind'] === 'cluster') &&
  typeof value['bootId'] === 'string' &&
  isIdentity(value['process']);

/** What God says of itself. */
export interface Introduction {
  readonly version: string;
  /** Which God, counting up (protocol/shim). */
  readonly god: number;
}

/** Connects and says hello. @throws PmError SHIM_FAILED */
export async function connectShim(
  home: Home,
  { id, process }: LivingShim,
  introduction: Introduction,
  answerDeadlineMs = CALL_DEADLINE_MS,
): Promise<ShimHandle> {
  try {
    failpoint('shim.connect');
    const client = await connectSoon(shimPathsAt(home, id).socket, process);
    try {
      const hello = { ...introduction, protocol: SHIM_PROTOCOL };
      const { nodeVersion, ...record } = await client.call('hello', hello, { deadlineMs: answerDeadlineMs });
      return { id, record, nodeVersion, client, settings: null };
    } catch (error) {
      client.close();
      throw error;
    }
  } catch (error) {
    throw pmError('SHIM_FAILED', { shim: id, why: reasonOf(error) }, { cause: error });
  }
}

/** One that is being born does not listen yet. */
async function connectSoon(path: string, shim: ProcessIdentity): Promise<WireClient<ShimApi>> {
  const endTick = performance.now() + CONNECT_DEADLINE_MS;
  for (;;) {
    try {
      return await connect<ShimApi>(path, { deadlineMs: CONNECT_DEADLINE_MS });
    } catch (error) {
      const isEarly = error instanceof WireFailure && (error.kind === 'missing' || error.kind === 'refused');
      if (!isEarly || performance.now() >= endTick || !isAlive(shim)) throw error;
      await delay(LOOK_EVERY_MS);
    }
  }
}
