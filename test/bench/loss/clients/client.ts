import { Loss } from '../tally';

/** Where the app is, and what this one client may use. */
export interface Target {
  readonly host: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly http2Port: number;
  readonly echoPort: number;
  readonly unixPath: string;
  /** An address of this client's own in 127/8, so that a balance that goes by it has something to go by. */
  readonly localAddress: string;
}

/** One client; it counts nothing itself. */
export interface Client {
  /** One request or one life of a connection. Resolves when all was as it should be; rejects with a {@link Loss}. */
  round(): Promise<void>;
  /** Closes what it has kept open. */
  close(): void;
}

/** A way of being a client. */
export interface ClientClass {
  readonly name: string;
  readonly clients: number;
  /**
   * Its connections are in use nearly all the time, so that no worker that has one is ever idle: such clients pause
   * while idle workers are killed, because a killed worker takes what it executes with it.
   */
  readonly isLong?: true;
  /** Pause between two rounds of a client. */
  readonly thinkMs?: number;
  open(target: Target): Client;
}

/** A request that takes this long is one that its user calls hung: a thousand times what it takes. */
export const HUNG_MS = 10_000;

/** Rejects as `hung` when nothing has come of it in time. @param abort called then, to close what is open */
export async function inTime<T>(
  what: string,
  promise: Promise<T>,
  abort: () => void,
  limitMs = HUNG_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Loss('hung', `${what}: nothing for ${limitMs} ms`));
      abort();
    }, limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
