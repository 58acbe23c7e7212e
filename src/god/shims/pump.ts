import { failpoint } from '../../platform';
import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf } from '../../errors';
import type { ShimEvent } from '../../protocol/shim';
import { WireFailure } from '../../wire';
import type { Store } from '../store/store';
import type { ShimHandle } from './handle';

/** One poll; long, because a poll that ends empty is the only work of an idle God. */
const POLL_MS = 30_000;
/** A shim that has not even answered an empty poll by then is frozen, or its machine is. */
const POLL_DEADLINE_MS = POLL_MS + 15_000;
/** While the disk is full: often enough to go on soon, rare enough not to fill the log. */
const UNSAVED_PAUSE_MS = 1000;

export interface Pump {
  readonly handle: ShimHandle;
  readonly store: Store;
  readonly log: (text: string) => void;
  /** Called in order, each event once. */
  readonly onEvent: (event: ShimEvent) => void;
}

/**
 * Fetches the events of a shim for as long as the connection holds; resolves when it has ended.
 *
 * An end is acknowledged only when what followed from it is on disk: until then the shim keeps it for the next God.
 * While nothing can be written the events go on being handled – apps must be restarted on a full disk too – and
 * merely stay unacknowledged. Other events need no disk: a snapshot tells the same.
 */
export async function pumpEvents(
  { handle, store, log, onEvent }: Pump,
  first: readonly ShimEvent[],
): Promise<void> {
  const progress = progressOf(store, handle);
  let acked = progress.seq;
  let hasUnsavedEnd = false;
  for (let batch = first; ;) {
    const fresh = batch.filter(({ seq }) => seq > progress.seq);
    for (const event of fresh) {
      progress.seq = event.seq;
      onEvent(event);
    }
    hasUnsavedEnd ||= fresh.some(({ type }) => type === 'exited' || type === 'spawn-failed');
    failpoint('events.handled');
    if (hasUnsavedEnd) hasUnsavedEnd = !(await isSaved(store, log, handle.id));
    if (hasUnsavedEnd) await delay(UNSAVED_PAUSE_MS);
    else acked = progress.seq;
    failpoint('events.saved');
    const next = await poll(handle, acked, log);
    if (next === null) return;
    batch = next;
  }
}

/** How far this very shim process has been followed. */
export function progressOf(store: Store, { id, record }: ShimHandle): { seq: number } {
  const known = store.state.shims[id];
  const isSame =
    known?.process.pid === record.process.pid && known.process.startTicks === record.process.startTicks;
  if (known !== undefined && isSame) return known;
  const progress = { process: record.process, seq: 0 };
  store.state.shims[id] = progress;
  return progress;
}

async function isSaved(store: Store, log: Pump['log'], shimId: string): Promise<boolean> {
  try {
    await store.save();
    return true;
  } catch (error) {
    log(`shim ${shimId}: an end is not acknowledged: ${reasonOf(error)}`);
    return false;
  }
}

/** null: the connection has ended. */
async function poll(handle: ShimHandle, ack: number, log: Pump['log']): Promise<readonly ShimEvent[] | null> {
  try {
    const answer = await handle.client.call(
      'events',
      { ack, waitMs: POLL_MS },
      { deadlineMs: POLL_DEADLINE_MS },
    );
    return answer.events;
  } catch (error) {
    if (error instanceof WireFailure && error.kind !== 'timeout') return null;
    log(
      `shim ${handle.id} (pid ${handle.record.process.pid}) does not answer: ${reasonOf(error)}; it is asked again`,
    );
    await delay(UNSAVED_PAUSE_MS);
    return [];
  }
}
