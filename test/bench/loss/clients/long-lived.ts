import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { Loss, toLoss } from '../tally';
import { HUNG_MS, inTime, type Client, type ClientClass, type Target } from './client';

/** How long a connection lives if the server does not end it before. */
const LIFE_MS = 3000;
const MESSAGE_EVERY_MS = 100;
/** The numbers of RFC 6455 for "going away" and "normal closure"; 1006 is a connection that broke. */
const CLEAN_CODES = [1000, 1001];

/**
 * One life of a WebSocket: the handshake must succeed, every message be echoed as long as nobody closes, and the close
 * be one with a close frame. A message that crosses the server's close frame is not counted: the protocol itself
 * does not deliver it.
 */
const openWebSocketClient = ({ host, httpPort, localAddress }: Target): Client => ({
  round: async () => {
    const socket = new WebSocket(`ws://${host}:${httpPort}`, { localAddress });
    await inTime('a handshake', handshake(socket), () => socket.terminate());
    await liveWebSocket(socket);
  },
  close: () => undefined,
});

const handshake = (socket: WebSocket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (error) => reject(toLoss(error)));
    socket.once('unexpected-response', (_, response) =>
      reject(new Loss('5xx', `handshake answered with ${response.statusCode}`)),
    );
  });

async function liveWebSocket(socket: WebSocket): Promise<void> {
  let lastSent = 0;
  let lastEcho = 0;
  let sentTick = performance.now();
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => (lastEcho = Number(data.toString())));
  const endTick = performance.now() + LIFE_MS;
  while (performance.now() < endTick && socket.readyState === WebSocket.OPEN) {
    if (lastEcho === lastSent) {
      socket.send(String(++lastSent));
      sentTick = performance.now();
    } else if (performance.now() - sentTick > HUNG_MS) {
      socket.terminate();
      throw new Loss('hung', `no echo of message ${lastSent}`);
    }
    await delay(MESSAGE_EVERY_MS);
  }
  socket.close(1000);
  const code = await inTime('a close frame', closed, () => socket.terminate());
  if (!CLEAN_CODES.includes(code)) throw new Loss('reset', `closed with ${code} after message ${lastSent}`);
}

/**
 * One life of an event stream: numbered events without a gap, and an end that is the end of the body, not a cut. The
 * browser's EventSource then connects again by itself, and so does this.
 */
const openEventClient = ({ host, httpPort: port, localAddress }: Target): Client => ({
  round: async () => {
    const request = http.get({ host, port, localAddress, agent: false, path: '/events' });
    const response = await inTime('an event stream', responseOf(request), () => request.destroy());
    await liveEvents(request, response);
  },
  close: () => undefined,
});

const responseOf = (request: http.ClientRequest): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', (error) => reject(toLoss(error)));
  });

async function liveEvents(request: http.ClientRequest, response: http.IncomingMessage): Promise<void> {
  if (response.statusCode !== 200) throw new Loss('5xx', `status ${response.statusCode}`);
  let last = 0;
  const gaps: string[] = [];
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    for (const [, number] of text.matchAll(/data: (\d+)\n/g))
      if (Number(number) !== ++last) gaps.push(`event ${number} instead of ${last}`);
  });
  const life = new AbortController();
  const leaving = delay(LIFE_MS, 'left' as const, { signal: life.signal });
  const ended = once(response, 'close').then(() => 'ended' as const);
  const how = await Promise.race([ended, leaving]);
  life.abort();
  leaving.catch(() => undefined);
  request.destroy();
  if (gaps[0] !== undefined) throw new Loss('wrong', gaps[0]);
  if (how === 'left' && last === 0) throw new Loss('hung', 'no event at all');
  if (how === 'ended' && !response.complete)
    throw new Loss('truncated', `the stream was cut after event ${last}`);
}

export const LONG_LIVED_CLASSES: readonly ClientClass[] = [
  { name: 'WebSocket', clients: 4, isLong: true, open: openWebSocketClient },
  { name: 'server-sent events', clients: 4, isLong: true, open: openEventClient },
];
