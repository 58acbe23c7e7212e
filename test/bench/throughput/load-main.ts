/** The load: a process of its own, told over IPC what to do. */
import { connect, type Connection, type ConnectionListener } from './tcp';

/** Benchmark → load. */
export interface LoadOrder {
  readonly port: number;
  /** Requests with `Connection: close`, each on a connection of its own. */
  readonly isClosing: boolean;
  readonly clients: number;
  readonly ms: number;
}

/** Load → benchmark. */
export interface LoadResult {
  readonly count: number;
  readonly perSecond: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const requestText = (isClosing: boolean): string =>
  `GET / HTTP/1.1\r\nHost: app\r\n${isClosing ? 'Connection: close\r\n' : ''}\r\n`;

function run({ port, isClosing, clients, ms }: LoadOrder): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const text = requestText(isClosing);
  const startTick = performance.now();
  const endTick = startTick + ms;
  let errors = 0;
  let left = clients;
  return new Promise((resolve) => {
    const done = (): void => {
      if (--left > 0) return;
      const tookMs = performance.now() - startTick;
      latenciesMs.sort((a, b) => a - b);
      const at = (part: number): number => latenciesMs[Math.floor(latenciesMs.length * part)] ?? NaN;
      const count = latenciesMs.length;
      resolve({ count, perSecond: (count * 1000) / tookMs, errors, p50Ms: at(0.5), p99Ms: at(0.99) });
    };
    const next = isClosing ? closing : keeping;
    const onError = (): void => {
      errors++;
    };
    for (let n = 0; n < clients; n++)
      next({ port, from: `127.1.1.${n + 1}`, text, endTick, latenciesMs, onError, done });
  });
}

interface ClientOrder {
  readonly port: number;
  /** Each client has an address of its own, for balances that go by it. */
  readonly from: string;
  readonly text: string;
  readonly endTick: number;
  readonly latenciesMs: number[];
  readonly onError: () => void;
  readonly done: () => void;
}

/** A new connection for each request; it counts when the server has closed it, after an answer. */
function closing(order: ClientOrder): void {
  const { port, from, text, endTick, latenciesMs, onError, done } = order;
  const startTick = performance.now();
  if (startTick >= endTick) {
    done();
    return;
  }
  let connection: Connection | null = null;
  let received = 0;
  const listener: ConnectionListener = {
    onConnect: (opened) => {
      connection = opened;
      opened.send(text);
    },
    onData: (bytes) => {
      received += bytes;
      if (bytes > 0) return;
      connection?.close();
      if (received > 0) latenciesMs.push(performance.now() - startTick);
      else onError();
      closing(order);
    },
    onError: () => {
      onError();
      setImmediate(closing, order);
    },
  };
  connect(port, listener, from);
}

/** One connection for all; an answer as short as these is one read. */
function keeping(order: ClientOrder): void {
  const { port, from, text, endTick, latenciesMs, onError, done } = order;
  let connection: Connection | null = null;
  let sentTick = 0;
  const send = (): void => {
    sentTick = performance.now();
    if (sentTick < endTick) connection?.send(text);
    else {
      connection?.close();
      done();
    }
  };
  const listener: ConnectionListener = {
    onConnect: (opened) => {
      connection = opened;
      send();
    },
    onData: (bytes) => {
      if (bytes > 0) {
        latenciesMs.push(performance.now() - sentTick);
        send();
        return;
      }
      onError();
      connection?.close();
      done();
    },
    onError: () => {
      onError();
      done();
    },
  };
  connect(port, listener, from);
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
