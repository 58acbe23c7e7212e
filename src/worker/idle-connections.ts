import type net from 'node:net';
import type { RawHandle } from './listener-handle';

/** http.Server and https.Server; a plain net.Server knows nothing of idle. */
export interface HttpServer extends net.Server {
  closeIdleConnections?(): void;
}

/** What the HTTP module hangs on its connections. */
interface HttpSocket extends net.Socket {
  _handle: (RawHandle & { readStop(): number }) | null;
  readonly parser?: { _consumed?: boolean; unconsume(): void } | null;
}

/** The connections on which no request is under way, not even a part of one. */
export function idleConnections(server: HttpServer, sockets: ReadonlySet<net.Socket>): net.Socket[] {
  if (server.closeIdleConnections === undefined) return [];
  const idle = new Set<net.Socket>();
  const noteInstead = function (this: net.Socket): net.Socket {
    idle.add(this);
    return this;
  };
  // Only Node's parser knows, and it tells only by destroying them.
  for (const socket of sockets) socket.destroy = noteInstead;
  try {
    server.closeIdleConnections();
  } finally {
    for (const socket of sockets) Reflect.deleteProperty(socket, 'destroy');
  }
  // Node counts one that has never sent anything as busy with its first request.
  for (const socket of sockets) if (socket.bytesRead === 0 && isHttp(socket)) idle.add(socket);
  return [...idle];
}

const isHttp = (socket: net.Socket): boolean => ((socket as HttpSocket).parser ?? null) !== null;

/**
 * Connections of this server are the same for whoever gets them: there is nothing below HTTP, as TLS, or the PROXY
 * protocol of a package that has put its own listener in the place of Node's.
 */
export const isPlainHttp = (server: net.Server): boolean =>
  server.listeners('connection').some(({ name }) => name === 'connectionListener');

/**
 * Takes the handle out of an idle connection; the app sees the connection close. What the client has sent meanwhile
 * stays in the kernel for the next one who reads. null: it is not quite at rest.
 */
export function detach(socket: net.Socket): RawHandle | null {
  const { _handle: handle, parser } = socket as HttpSocket;
  if (handle === null || socket.destroyed || socket.readableEnded || socket.writableEnded) return null;
  if (socket.readableLength > 0 || socket.writableLength > 0) return null;
  if (parser?._consumed === true) {
    parser.unconsume();
    parser._consumed = false;
  }
  handle.readStop();
  (socket as HttpSocket)._handle = null;
  socket.destroy();
  return handle;
}
