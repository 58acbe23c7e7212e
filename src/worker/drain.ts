import net from 'node:net';
import type { ToWorker } from '../protocol/worker';
import { failpoint } from '../failpoints';
import { send, sendHandle } from './channel';
import { announceGoodbye, closeSessions, trackSessions } from './http2-sessions';
import { detach, idleConnections, isPlainHttp, type HttpServer } from './idle-connections';
import { endAfter, endAfterCurrent, type Response } from './last-response';
import { stayAlive } from './stay';

/**
 * The order matters (D6): close the listeners without cutting idle keep-alive connections, let every further
 * response end its connection, make sure with a fence that no connection is still on its way to us, and only
 * then give idle connections back to the shim, for another worker. Nobody's connection is cut: whoever sends a
 * request on one that was just closed cannot be told from one who sent it in time.
 */

/**
 * What cannot be given back (TLS has its keys in this process) is closed after this time: a second more than Node's
 * own `keepAliveTimeout`, so that in most apps it is not us who cuts.
 */
const IDLE_GRACE_MS = 6000;
/** HTTP/2 clients have been told (GOAWAY); by now they have heard it. Node's sessions do not end by themselves. */
const GOODBYE_GRACE_MS = 1000;
/** How long the stop signal may take to come once we have said that we are done. */
const SIGNAL_GRACE_MS = 1000;
/** The word that it was sent may overtake it, when another thread than the one that reads the word takes the signal. */
const SIGNAL_ARRIVAL_MS = 200;
/** Connections get idle one by one as their responses end. */
const SWEEP_MS = 50;

interface Tracked {
  /** How the shim calls what it listens on. */
  readonly listener: string;
  /** One entry per connection is all that a worker costs before a drain. */
  readonly sockets: Set<net.Socket>;
}

/** What the shim says of it. */
export type DrainMessage = Extract<ToWorker, { type: 'drain' | 'fence-reply' | 'signalled' }>;

const servers = new Map<HttpServer, Tracked>();
let onDrained: (() => void) | null = null;
let fenced = false;
/** The shim takes idle connections back; one of an older version would lose them. */
let isTakenBack = false;
let release = (): void => undefined;

/** Remembers a server and its open connections. */
export function trackServer(server: net.Server, listener: string, onEnded: (() => void) | null): void {
  if (servers.has(server)) return;
  const sockets = new Set<net.Socket>();
  servers.set(server, { listener, sockets });
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
  trackSessions(server);
  server.once('close', () => {
    if (onDrained === null && sockets.size === 0) servers.delete(server);
  });
}

/** Whoever asks last is the one that is told. */
function start(whenDrained: () => void): void {
  failpoint('drain');
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
  for (const [server, { sockets }] of servers) {
    closeListener(server);
    for (const socket of sockets) endAfterCurrent(socket);
    server.prependListener('request', ({ socket }: { socket: object }, response: Response) => {
      endAfter(socket, response);
    });
  }
  announceGoodbye();
  // WebSockets and event streams are the app's to end. In a later turn: what its listener throws is its own affair.
  process.nextTick(() => (process as NodeJS.EventEmitter).emit('message', 'drain', undefined));
}

/** http.Server.close would cut idle connections (since Node 19); net.Server's own does not. */
function closeListener(server: net.Server): void {
  try {
    if (server.listening) net.Server.prototype.close.call(server);
  } catch {
    // closed meanwhile
  }
}

function onFence(): void {
  failpoint('fenced');
  if (!fenced) sweepIdle();
  fenced = true;
  endWhenEmpty();
}

function sweepIdle(): void {
  const startTick = performance.now();
  giveBackIdle();
  // After the poll phase, where what has arrived was read: only a request on its way right now could be cut.
  const sweep = setInterval(() => {
    setImmediate(() => {
      giveBackIdle();
      const sinceMs = performance.now() - startTick;
      if (sinceMs >= GOODBYE_GRACE_MS) closeSessions();
      if (sinceMs >= IDLE_GRACE_MS) closeIdle();
    });
  }, SWEEP_MS);
  sweep.unref();
}

function giveBackIdle(): void {
  if (!isTakenBack || !process.connected) return;
  for (const [server, { listener, sockets }] of servers) {
    if (!isPlainHttp(server)) continue;
    for (const socket of idleConnections(server, sockets)) {
      const handle = detach(socket);
      if (handle !== null) sendHandle({ type: 'return-connection', listener }, handle);
    }
  }
}

function closeIdle(): void {
  for (const [server, { sockets }] of servers)
    for (const socket of idleConnections(server, sockets)) socket.destroy();
}

function endWhenEmpty(): void {
  if (!fenced || onDrained === null) return;
  for (const { sockets } of servers.values()) if (sockets.size > 0) return;
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
  onMessage: (message: DrainMessage): void => {
    if (message.type === 'fence-reply') {
      isTakenBack = message.takesBack === true;
      onFence();
    } else if (message.type === 'signalled') setTimeout(release, SIGNAL_ARRIVAL_MS);
    else if (onDrained === null) {
      start(() => {
        failpoint('drained');
        send({ type: 'drained' });
        // The shim of an older version does not say `signalled`.
        setTimeout(release, SIGNAL_GRACE_MS).unref();
      });
    }
  },
};
