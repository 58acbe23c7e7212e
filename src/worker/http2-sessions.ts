import type net from 'node:net';

/** The parts of a server's Http2Session; the module itself is loaded only by apps that use it. */
interface Session extends NodeJS.EventEmitter {
  readonly closed: boolean;
  readonly destroyed: boolean;
  goaway(code: number): void;
  close(): void;
}

const sessions = new Set<Session>();
let isLeaving = false;

/** Remembers the sessions of an HTTP/2 server; other servers have none. */
export function trackSessions(server: net.Server): void {
  server.on('session', (session: Session) => {
    sessions.add(session);
    session.once('close', () => {
      sessions.delete(session);
    });
    if (isLeaving) announce(session);
  });
}

/**
 * GOAWAY: what has come is answered, what comes later was not processed, and the client knows which is which.
 *
 * `session.close()` says the same, but in Node 20 it corrupts memory when a stream arrives right then (seen), and a
 * notice with the highest stream number, which RFC 9113 §6.8 has go before, makes Node ignore streams that it has just
 * allowed. So the frame alone goes out, and the streams that arrive until it does are kept from the app: in it they
 * count as refused.
 */
export function announceGoodbye(): void {
  isLeaving = true;
  for (const session of sessions) announce(session);
}

/** Ends each as soon as its last stream has. Only some time after the announcement. */
export function closeSessions(): void {
  for (const session of sessions) if (!session.closed) session.close();
}

function announce(session: Session): void {
  // Streams that Node has already read are given to the app before this.
  setImmediate(() => {
    if (session.closed || session.destroyed) return;
    session.removeAllListeners('stream');
    session.on('stream', (refused: NodeJS.EventEmitter) => refused.on('error', () => undefined));
    session.goaway(0);
  });
}
