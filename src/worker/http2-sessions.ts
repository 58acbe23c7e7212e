import type net from 'node:net';

/** The parts of a server's Http2Session; the module itself is loaded only by apps that use it. */
interface Session {
  readonly closed: boolean;
  readonly destroyed: boolean;
  goaway(code: number, lastStreamId: number): void;
  close(): void;
  once(event: 'close', listener: () => void): unknown;
}

/** The highest stream there can be: the client may finish whatever it has sent before it could know. */
const ANY_STREAM = 2 ** 31 - 1;

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

/** The first GOAWAY of two (RFC 9113 §6.8): open no more streams; those that are on their way are still served. */
export function announceGoodbye(): void {
  isLeaving = true;
  for (const session of sessions) announce(session);
}

/** The second: what has come by now is finished, and then the connection closes. */
export function closeSessions(): void {
  for (const session of sessions) if (!session.closed) session.close();
}

function announce(session: Session): void {
  if (!session.closed && !session.destroyed) session.goaway(0, ANY_STREAM);
}
