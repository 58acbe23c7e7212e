import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestHome } from './home';
import { get } from './http';

/** How a client behaves: what a reload can lose differs by it. */
export type ClientKind = 'keep-alive busy' | 'keep-alive idle' | 'new connections';

/** What became of the requests of one kind of client. */
export interface Counts {
  ok: number;
  refused: number;
  reset: number;
  hung: number;
  other: number;
}

export interface Load {
  /** Waits until this many more requests of every kind were answered. */
  answered(count: number): Promise<void>;
  /** Lets what is under way end, and gives the counts. */
  stop(): Promise<Record<ClientKind, Counts>>;
}

/** Longer than a request, shorter than any keep-alive timeout: the connection is idle when the server decides. */
const THINK_MS = 300;
const KINDS: readonly ClientKind[] = ['keep-alive busy', 'keep-alive idle', 'new connections'];

/** Clients of each kind, as many of each as given, until stopped or until the home ends. */
export function startLoad(home: TestHome, port: number, clientsPerKind = 4): Load {
  const counts = Object.fromEntries(
    KINDS.map((kind) => [kind, { ok: 0, refused: 0, reset: 0, hung: 0, other: 0 }]),
  ) as Record<ClientKind, Counts>;
  const stopping = new AbortController();
  home.atEnd(() => stopping.abort());
  const clients = KINDS.flatMap((kind) =>
    Array.from({ length: clientsPerKind }, () => runClient(kind, port, counts[kind], stopping.signal)),
  );
  return {
    answered: async (count) => {
      const wanted = KINDS.map((kind) => counts[kind].ok + count);
      while (KINDS.some((kind, at) => counts[kind].ok < wanted[at]!)) {
        if (stopping.signal.aborted) throw new Error('the load has ended');
        await delay(10);
      }
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(clients);
      return counts;
    },
  };
}

/** Everything but `ok`, added up over all kinds. */
export const failed = (counts: Record<ClientKind, Counts>): Omit<Counts, 'ok'> => {
  const sum = (field: keyof Counts): number => KINDS.reduce((total, kind) => total + counts[kind][field], 0);
  return { refused: sum('refused'), reset: sum('reset'), hung: sum('hung'), other: sum('other') };
};

/** Nothing failed. */
export const NONE_FAILED = { refused: 0, reset: 0, hung: 0, other: 0 } as const;

async function runClient(
  kind: ClientKind,
  port: number,
  counts: Counts,
  stopping: AbortSignal,
): Promise<void> {
  const agent = kind === 'new connections' ? false : new Agent({ keepAlive: true, maxSockets: 1 });
  while (!stopping.aborted) {
    try {
      const { status } = await get({ port }, agent);
      counts[status === 200 ? 'ok' : 'other']++;
    } catch (error) {
      counts[kindOf(error)]++;
    }
    if (kind === 'keep-alive idle')
      await delay(THINK_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
  if (agent !== false) agent.destroy();
}

const KIND_OF_CODE: Readonly<Record<string, keyof Counts>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  TRUNCATED: 'reset',
  HUNG: 'hung',
  ETIMEDOUT: 'hung',
};

const kindOf = (error: unknown): keyof Counts =>
  KIND_OF_CODE[(error as NodeJS.ErrnoException).code ?? ''] ?? 'other';
