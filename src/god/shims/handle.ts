import { rmSync } from 'node:fs';
import { pmError, reasonOf } from '../../errors';
import { readJsonFile, shimPathsAt, type Home } from '../../home';
import { bootId, failpoint, isAlive } from '../../platform';
import { isObject } from '../../protocol/guards';
import { SHIM_PROTOCOL, type GroupSettings, type ShimApi, type ShimRecord } from '../../protocol/shim';
import { connect, type WireClient } from '../../wire';
import { isIdentity } from '../store/read-values';

/** A shim answers out of memory; a machine that swaps may need a while. */
export const CALL_DEADLINE_MS = 10_000;
/** How long the connecting itself may take: the socket is local and its shim has nothing else to do. */
const CONNECT_DEADLINE_MS = 3000;

/** God's view of one living shim. */
export interface ShimHandle {
  readonly id: string;
  readonly record: ShimRecord;
  readonly nodeVersion: string;
  readonly client: WireClient<ShimApi>;
  /** What the group was last told; null: nothing over this connection. */
  settings: GroupSettings | null;
}

/**
 * The shim that `shims/<id>/json` names, if that very process still runs. A record left by a dead one (or from before
 * a reboot) is removed together with its socket.
 */
export function findShim(home: Home, id: string): ShimRecord | null {
  const paths = shimPathsAt(home, id);
  const record = readJsonFile(paths.record);
  if (isShimRecord(record) && record.id === id && record.bootId === bootId() && isAlive(record.process))
    return record;
  rmSync(paths.dir, { recursive: true, force: true });
  return null;
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
  id: string,
  introduction: Introduction,
  answerDeadlineMs = CALL_DEADLINE_MS,
): Promise<ShimHandle> {
  try {
    failpoint('shim.connect');
    const client = await connect<ShimApi>(shimPathsAt(home, id).socket, { deadlineMs: CONNECT_DEADLINE_MS });
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
