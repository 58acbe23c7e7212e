import { setTimeout as delay } from 'node:timers/promises';
import { pmError, reasonOf, type PmError } from '../../errors';
import type { Home } from '../../home';
import { spawnShim } from '../../launch';
import { failpoint, isAlive } from '../../platform';
import type { ShimEvent } from '../../protocol/shim';
import type { Placement } from '../policy/placement';
import type { Store } from '../store/store';
import {
  CALL_DEADLINE_MS,
  connectShim,
  findShim,
  type Introduction,
  type LivingShim,
  type ShimHandle,
} from './handle';
import { pumpEvents } from './pump';

/** God's shims. */
export interface Shims {
  has(id: string): boolean;
  get(id: string): ShimHandle | null;
  all(): ShimHandle[];
  /** The shim of that placement; connects to the one that is there, or starts it. @throws PmError SHIM_FAILED */
  ensure(placement: Placement): Promise<ShimHandle>;
  /** Takes over a shim found by adoption; its events are handled from then on. */
  follow(handle: ShimHandle, first: readonly ShimEvent[]): void;
  /**
   * Lives, but does not answer: nothing is started in it, until it is followed or dead. It may run workers that nobody
   * knows of.
   */
  setSilent(id: string, isSilent: boolean): void;
  /**
   * Closes its listeners and tells it to go; nothing happens when it has workers after all, or when what it has told
   * cannot be written – unless God ends too, who was to leave nothing.
   */
  dismiss(id: string, isEnd?: boolean): Promise<void>;
  /** Ends every connection; the shims go on. */
  close(): void;
}

export interface ShimsOptions {
  readonly home: Home;
  readonly introduction: Introduction;
  readonly store: Store;
  readonly log: (text: string) => void;
  readonly onEvent: (shimId: string, event: ShimEvent) => void;
  readonly onLost: (shimId: string, why: string) => void;
}

/** A connection can end while the shim lives (a damaged frame): tried again at this pace, slower and slower. */
const RECONNECT_PAUSE_MS = 100;
const LONGEST_RECONNECT_PAUSE_MS = 2000;

export function makeShims(options: ShimsOptions): Shims {
  const { home, introduction, store, log } = options;
  const handles = new Map<string, ShimHandle>();
  const missing = makeMissing(options.onLost);
  const inTurn = makeTurns();
  const silent = new Set<string>();
  let isClosed = false;

  const follow = (handle: ShimHandle, first: readonly ShimEvent[]): void => {
    handles.set(handle.id, handle);
    missing.isBack(handle.id);
    const onEvent = (event: ShimEvent): void => options.onEvent(handle.id, event);
    // Met only now: what it tells is for the next God.
    if (isClosed) handle.client.close();
    else void pumpEvents({ handle, store, log, onEvent }, first).then(() => onDisconnected(handle));
  };

  const reconnect = async (shim: LivingShim): Promise<void> => {
    // Somebody who needed the shim may have been faster.
    if (handles.has(shim.id)) return;
    follow(await connectShim(home, shim, introduction), []);
    log(`shim ${shim.id}: connected again`);
  };

  const onDisconnected = async (handle: ShimHandle): Promise<void> => {
    if (isClosed || handles.get(handle.id) !== handle) return;
    handles.delete(handle.id);
    missing.add(handle);
    const isBack = await whileAlive(handle, log, async () => {
      if (!isClosed) await inTurn(handle.id, () => reconnect(handle.record));
    });
    if (isBack || !missing.has(handle)) return;
    findShim(home, handle.id);
    missing.isDead(handle.id);
  };

  const open = async (placement: Placement): Promise<ShimHandle> => {
    const { shimId } = placement;
    const known = handles.get(shimId);
    if (known !== undefined) return known;
    if (isClosed) throw failure(shimId, 'God is ending');
    if (silent.has(shimId)) throw failure(shimId, 'it lives but does not answer');
    const shim = findShim(home, shimId) ?? (await bear(home, placement, missing));
    const handle = await connectShim(home, shim, introduction);
    failpoint('shim.connected');
    follow(handle, []);
    return handle;
  };

  const dismiss = async (id: string, isEnd: boolean): Promise<void> => {
    const handle = handles.get(id);
    if (handle === undefined) return;
    // From here on the end of the connection is no loss.
    handles.delete(id);
    if (await hasLeft(handle, options, isEnd)) Reflect.deleteProperty(store.state.shims, id);
    else {
      handles.set(id, handle);
      // It stays, or it has died: whoever lost the connection meanwhile took that for its leaving.
      handle.client.onClose(() => void onDisconnected(handle));
    }
  };

  return {
    has: (id) => handles.has(id),
    get: (id) => handles.get(id) ?? null,
    all: () => [...handles.values()],
    ensure: (placement) => inTurn(placement.shimId, () => open(placement)),
    follow,
    setSilent: (id, isSilent) => {
      if (isSilent) silent.add(id);
      else silent.delete(id);
    },
    dismiss: (id, isEnd = false) => inTurn(id, () => dismiss(id, isEnd)),
    close: () => {
      isClosed = true;
      for (const handle of handles.values()) handle.client.close();
    },
  };
}

const failure = (shim: string, why: string): PmError => pmError('SHIM_FAILED', { shim, why });

/** Whatever is under way with a shim: the next thing waits for it, so a start never meets a shim that is leaving. */
function makeTurns(): <T>(id: string, work: () => Promise<T>) => Promise<T> {
  const busy = new Map<string, Promise<unknown>>();
  return (id, work) => {
    const turn = (busy.get(id) ?? Promise.resolve()).then(work, work);
    busy.set(id, turn);
    return turn;
  };
}

/** Shims whose connection has ended; whether they have died nobody knows yet. */
interface Missing {
  add(handle: ShimHandle): void;
  has(handle: ShimHandle): boolean;
  isBack(id: string): void;
  /** Tells it, once: before there is another shim of that id, whose workers would be taken for those of the dead one. */
  isDead(id: string): void;
}

function makeMissing(onLost: ShimsOptions['onLost']): Missing {
  const missing = new Map<string, ShimHandle>();
  return {
    add: (handle) => missing.set(handle.id, handle),
    has: (handle) => missing.get(handle.id) === handle,
    isBack: (id) => missing.delete(id),
    isDead: (id) => {
      const handle = missing.get(id);
      if (handle === undefined) return;
      missing.delete(id);
      onLost(id, `its process ${handle.record.process.pid} is gone`);
    },
  };
}

async function bear(
  home: Home,
  { shimId: id, kind, nodePath }: Placement,
  missing: Missing,
): Promise<LivingShim> {
  missing.isDead(id);
  failpoint('shim.spawn');
  const why = await spawnShim(home, { id, kind, nodePath }).then(
    () => null,
    (error: unknown) => error as PmError,
  );
  failpoint('shim.spawned');
  // Removes what one that failed has left; one that is only slow, and has not taken its lock yet, ends without it.
  const shim = findShim(home, id);
  if (why !== null) throw why;
  if (shim === null) throw failure(id, 'it ended as soon as it was there');
  return shim;
}

/** As long as it lives its workers do: only its death is a loss, however long it is silent. False: it is dead. */
async function whileAlive(
  { id, record }: ShimHandle,
  log: ShimsOptions['log'],
  attempt: () => Promise<void>,
): Promise<boolean> {
  for (let pauseMs = RECONNECT_PAUSE_MS; isAlive(record.process); pauseMs *= 2) {
    try {
      await attempt();
      return true;
    } catch (error) {
      log(`shim ${id} (pid ${record.process.pid}) lives: ${reasonOf(error)}; tried again`);
    }
    await delay(Math.min(pauseMs, LONGEST_RECONNECT_PAUSE_MS));
  }
  return false;
}

/** Tells a shim to go, and waits for its process to be gone: its successor must find neither record nor socket. */
async function hasLeft(handle: ShimHandle, { store, log }: ShimsOptions, isEnd: boolean): Promise<boolean> {
  try {
    // Its last events must not be lost with it.
    await store.save().catch((error: unknown) => {
      if (!isEnd) throw error;
    });
    await handle.client.call('closeListeners', {}, { deadlineMs: CALL_DEADLINE_MS });
    await handle.client.call('quit', {}, { deadlineMs: CALL_DEADLINE_MS });
  } catch (error) {
    log(`shim ${handle.id} stays: ${reasonOf(error)}`);
    return false;
  }
  failpoint('shim.dismissed');
  handle.client.close();
  for (let tries = 0; tries < 100 && isAlive(handle.record.process); tries++) await delay(20);
  return true;
}
