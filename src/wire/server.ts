import { RepSocket } from 'axon';
import { createServer, type Server, type Socket } from 'node:net';
import { chmodSync, rmSync } from 'node:fs';
import { pmError, toWire } from '../errors';
import { MAX_FRAME_BYTES, addConnection } from './frames';
import type { Api, Handlers, Request, Response } from './messages';

export interface WireServer {
  /** Ends every connection and removes the socket. */
  close(): Promise<void>;
}

type AnyApi = Record<string, { params: unknown; result: unknown }>;
type Reply = (error: null, response: Response) => void;

/**
 * Serves a contract on a Unix socket (mode 0600). A leftover socket file is removed first: whoever calls this
 * holds the lock that makes it the only server of that path.
 */
export async function serve<A extends Api<A>>(
  path: string,
  handlers: Handlers<A>,
  options: { onConnectionCount?: (count: number) => void } = {},
): Promise<WireServer> {
  const axon = new RepSocket();
  axon.on('message', (...args: unknown[]) => {
    // The last one is axon's; a frame with fewer arguments than ours has no request before it.
    const reply = args.at(-1) as Reply;
    const request = args.length > 1 ? args[0] : null;
    void answer(handlers as Handlers<AnyApi>, request).then((response) => {
      reply(null, response);
    });
  });
  const server = await listen(path, (connection) => {
    addConnection(axon, connection);
    endWhenClogged(connection);
    const tell = (): void => options.onConnectionCount?.(axon.socks.length);
    connection.on('close', tell);
    tell();
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const connection of axon.socks.slice()) connection.destroy();
      }),
  };
}

async function answer(handlers: Handlers<AnyApi>, request: unknown): Promise<Response> {
  try {
    const { method, params } = (request ?? {}) as Partial<Request>;
    if (typeof method !== 'string' || !Object.hasOwn(handlers, method)) {
      throw pmError('PROTOCOL', { why: `unknown method ${String(method)}` });
    }
    return { result: await handlers[method]?.(params) };
  } catch (error) {
    return { error: toWire(error) };
  }
}

/** A client that asks but never reads would make us hold its answers. */
function endWhenClogged(connection: Socket): void {
  const write = connection.write.bind(connection) as (...args: unknown[]) => boolean;
  connection.write = (...args: unknown[]): boolean => {
    if (connection.writableLength > MAX_FRAME_BYTES) connection.destroy();
    return write(...args);
  };
}

/** Listens with mode 0600 from the first moment on: the umask decides the mode that bind(2) gives. */
export function listen(path: string, onConnection: (connection: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(onConnection);
    server.once('error', reject);
    rmSync(path, { force: true });
    const umask = process.umask(0o177);
    try {
      server.listen(path, () => {
        chmodSync(path, 0o600);
        server.off('error', reject);
        server.on('error', () => undefined);
        resolve(server);
      });
    } finally {
      process.umask(umask);
    }
  });
}
