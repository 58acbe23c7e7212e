import net from 'node:net';
import { send } from './channel';
import { stayAlive } from './stay';

/**
 * The order matters (D6): close the listeners without cutting idle keep-alive connections, let every further
 * response end its connection, make sure with a fence that no connection is still on its way to us, and only
 * then, after a grace, close what is idle. Whoever sent a request before it could know gets its answer.
 */

/** Idle clients get this long to notice, by a `Connection: close`, or to use the connection once more. */
const IDLE_GRACE_MS = 1000;
/** How long the stop signal may take to come once we have said that we are done. */
const SIGNAL_GRACE_MS = 1000;
/** Connections get idle one by one as their responses end. */
const SWEEP_MS = 50;

/** The parts of http.Server and its sockets that drain touches; a plain net.Server has none of them. */
interface HttpServer extends net.Server {
  closeIdleConnections?(): void;
}
interface Response {
  headersSent: boolean;
  shouldKeepAlive: boolean;
}
interface HttpSocket extends net.Socket {
  _httpMessage?: Response | null;
}

const servers = new Map<HttpServer, Set<net.Socket>>();
let onDrained: (() => void) | null = null;
let fenced = false;
let release = (): void => undefined;

/** Remembers a server and its open connections; one Set entry per connection is all that it costs before a drain. */
export function trackServer(server: net.Server, onEnded: (() => void) | null): void {
  if (servers.has(server)) return;
  const sockets = new Set<net.Socket>();
  servers.set(server, sockets);
  const onSocket = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (onDrained !== null) endWhenEmpty();
    });
  };
  server.on('connection', onSocket);
  if (onEnded !== null) server.on('connection', (socket: net.Socket) => socket.once('close', onEnded));
  // On TLS the response hangs on the decrypted socket, a second object for the same connection.
  server.on('secureConnection', onSocket);
  server.once('close', () => {
    if (onDrained === null && sockets.size === 0) servers.delete(server);
  });
}

/** Whoever asks last is the one that is told. */
function start(whenDrained: () => void): void {
  const isFirst = onDrained === null;
  onDrained = whenDrained;
  if (isFirst) closeAll();
  if (!isFirst && process.connected) endWhenEmpty();
  else if (process.connected) send({ type: 'fence' });
  else onFence();
}

function closeAll(): void {
  // An app without anything else would end here and now, and what it does at its stop signal would not be done.
  release = stayAlive();
  for (const [server, sockets] of servers) {
    closeListener(server);
    for (const socket of sockets) endAfterResponse((socket as HttpSocket)._httpMessage);
    server.prependListener('request', (_request: unknown, response: Response) => {
      endAfterResponse(response);
    });
  }
}

/** http.Server.close would cut idle connections (since Node 19); net.Server's own does not. */
function closeListener(server: net.Server): void {
  try {
    if (server.listening) net.Server.prototype.close.call(server);
  } catch {
    // closed meanwhile
  }
}

/** Node writes `Connection: close` and ends the connection after a response that should not be kept alive. */
function endAfterResponse(response: Response | null | undefined): void {
  if (response !== null && response !== undefined && !response.headersSent) response.shouldKeepAlive = false;
}

function onFence(): void {
  if (!fenced) sweepIdle();
  fenced = true;
  endWhenEmpty();
}

function sweepIdle(): void {
  const graceEndTick = performance.now() + IDLE_GRACE_MS;
  // After the poll phase, where what has arrived was read: only a request on its way right now could be cut.
  const sweep = setInterval(() => {
    if (performance.now() < graceEndTick) return;
    setImmediate(() => {
      for (const server of servers.keys()) server.closeIdleConnections?.();
    });
  }, SWEEP_MS);
  sweep.unref();
}

function endWhenEmpty(): void {
  if (!fenced || onDrained === null) return;
  for (const sockets of servers.values()) if (sockets.size > 0) return;
  const done = onDrained;
  onDrained = () => undefined;
  done();
}

export const drain = {
  start,
  hasServers: (): boolean => [...servers.keys()].some(({ listening }) => listening),
  closeListeners: (): void => {
    for (const server of servers.keys()) closeListener(server);
  },
  onMessage: (type: 'drain' | 'fence-reply' | 'signalled'): void => {
    if (type === 'fence-reply') onFence();
    else if (type === 'signalled') release();
    else if (onDrained === null) {
      start(() => {
        send({ type: 'drained' });
        // The shim of an older version does not say `signalled`.
        setTimeout(release, SIGNAL_GRACE_MS).unref();
      });
    }
  },
};
