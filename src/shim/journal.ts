import type { NewShimEvent, ShimEvent } from '../protocol/shim';

export interface Journal {
  append(event: NewShimEvent): void;
  /** Forgets what is acknowledged, then gives what is newer; waits for the first one up to `waitMs`. */
  read(ack: number, waitMs: number): Promise<ShimEvent[]>;
  /** Number of the newest event; 0 before the first. */
  lastSeq(): number;
  /** Something of that worker is still to be acknowledged. */
  mentions(key: string): boolean;
}

/**
 * What happened and no God has acknowledged yet. While God is away nothing is restarted, and of what an app does again
 * and again with an address only the last counts, so it holds a few events per worker. Numbers start at 1 in each shim
 * and are never reused.
 */
export function createJournal(): Journal {
  let seq = 0;
  let events: ShimEvent[] = [];
  const waiting = new Set<() => void>();

  const wake = (): void => {
    for (const reader of waiting) reader();
  };

  return {
    append: (event) => {
      events = events.filter((before) => !isAbout(before, event));
      events.push({ ...event, seq: ++seq });
      wake();
    },
    read: async (ack, waitMs) => {
      events = events.filter((event) => event.seq > ack);
      if (events.length === 0) await nextWake(waiting, waitMs);
      return events.filter((event) => event.seq > ack);
    },
    lastSeq: () => seq,
    mentions: (key) => events.some((event) => event.key === key),
  };
}

/** The same address of the same worker. A second server that fails there takes nothing from the first. */
function isAbout(before: ShimEvent, event: NewShimEvent): boolean {
  if (!('address' in before && 'address' in event) || before.key !== event.key) return false;
  if (event.type === 'listen-failed' && before.type !== event.type) return false;
  const { port, address, family } = before.address;
  return port === event.address.port && address === event.address.address && family === event.address.family;
}

function nextWake(waiting: Set<() => void>, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      waiting.delete(end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    waiting.add(end);
  });
}
