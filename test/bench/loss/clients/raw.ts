import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Loss, toLoss } from '../tally';
import { inTime, type Client, type ClientClass, type Target } from './client';
import { connectRaw, expectAnswer, type RawSocket } from './raw-socket';

const PIPELINE_DEPTH = 4;
const BODY = 'b'.repeat(8192);
const get = (n: number | string, more = ''): string => `GET /?n=${n} HTTP/1.1\r\nHost: app\r\n${more}\r\n`;

/**
 * Sends four requests in one packet and reads four answers, on one connection as long as that is kept. Requests
 * behind an answer that says `Connection: close` were not answered because the server may not: HTTP has such a client
 * send them again on a new connection (RFC 9112 §9.3.2, §9.6), and so does this one.
 */
function openPipelined(target: Target): Client {
  let raw: RawSocket | null = null;
  let number = 0;
  return {
    round: async () => {
      if (raw === null || raw.isEnded()) {
        raw?.socket.destroy();
        raw = await connectRaw(target);
      }
      const used = raw;
      const numbers = Array.from({ length: PIPELINE_DEPTH }, () => ++number);
      used.socket.write(numbers.map((n) => get(n)).join(''));
      try {
        for (const n of numbers) {
          const answer = await used.answer();
          expectAnswer(answer, `"n":"${n}"`);
          if (!answer.headers.includes('connection: close')) continue;
          raw = null;
          used.socket.end();
          if (n !== number) throw new Loss('again', `answers end at ${n} of ${number}`);
        }
      } catch (error) {
        raw = null;
        used.socket.destroy();
        throw error;
      }
    },
    close: () => raw?.socket.destroy(),
  };
}

/** One connection for one conversation. */
const oneShot =
  (talk: (raw: RawSocket) => Promise<void>, portOf = (target: Target): number => target.httpPort) =>
  (target: Target): Client => ({
    round: async () => {
      const raw = await connectRaw({ ...target, httpPort: portOf(target) });
      try {
        await talk(raw);
      } finally {
        raw.socket.destroy();
      }
    },
    close: () => undefined,
  });

/**
 * `printf … | nc`: sends FIN right behind its request and still wants the answer. Node's own http.Server hangs up on
 * such a client unless it answers at once, so this request asks for that.
 */
async function halfClose(raw: RawSocket): Promise<void> {
  raw.socket.end(get('half&now', 'Connection: close\r\n'));
  expectAnswer(await raw.answer(), '"n":"half"');
}

/** The same with a plain server that allows it (`allowHalfOpen`) and takes its time. */
async function halfCloseForEcho({ socket }: RawSocket): Promise<void> {
  let echo = '';
  socket.on('data', (text: string) => (echo += text));
  socket.end(BODY);
  await inTime('an echo', once(socket, 'end'), () => socket.destroy()).catch((error: unknown) => {
    throw toLoss(error, { begun: echo.length > 0 });
  });
  if (echo !== BODY) throw new Loss('truncated', `${echo.length} of ${BODY.length} bytes`);
}

/** Sends the body only when told to. */
async function expectContinue(raw: RawSocket): Promise<void> {
  raw.socket.write(
    `POST /?n=go HTTP/1.1\r\nHost: app\r\nExpect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n`,
  );
  const interim = await raw.answer();
  if (interim.status !== 100) throw new Loss('wrong', `status ${interim.status} instead of 100`);
  raw.socket.write(BODY);
  expectAnswer(await raw.answer(), `"received":${BODY.length}`);
}

/**
 * What browsers do to be quick later: a connection with nothing on it, on which a request may come any time. One that
 * the server has closed cleanly by then is thrown away, as a browser would; a request sent on an open one must be
 * answered.
 */
async function silent(raw: RawSocket): Promise<void> {
  await delay(500 + Math.random() * 2500);
  if (raw.isEnded()) return;
  raw.socket.write(get('late', 'Connection: close\r\n'));
  expectAnswer(await raw.answer(), '"n":"late"');
}

const SLICE = 4096;
const SLICES = 20;

/** A phone in a lift: 80 KB in a second. */
async function slowUpload(raw: RawSocket): Promise<void> {
  raw.socket.write(
    `POST /?n=up HTTP/1.1\r\nHost: app\r\nConnection: close\r\nContent-Length: ${SLICE * SLICES}\r\n\r\n`,
  );
  const answered = raw.answer();
  // What goes wrong is told by the answer; here it only must not be an unhandled rejection.
  answered.catch(() => undefined);
  for (let slice = 0; slice < SLICES && !raw.isEnded(); slice++) {
    raw.socket.write(BODY.slice(0, SLICE));
    await delay(50);
  }
  expectAnswer(await answered, `"received":${SLICE * SLICES}`);
}

export const RAW_CLASSES: readonly ClientClass[] = [
  { name: 'pipelined', clients: 2, open: openPipelined },
  { name: 'half-closing, HTTP', clients: 2, open: oneShot(halfClose) },
  { name: 'half-closing, plain', clients: 2, open: oneShot(halfCloseForEcho, ({ echoPort }) => echoPort) },
  { name: 'Expect: 100-continue', clients: 2, open: oneShot(expectContinue) },
  { name: 'silent, then a request', clients: 8, isLong: true, open: oneShot(silent) },
  { name: 'slow uploads', clients: 4, isLong: true, open: oneShot(slowUpload) },
];
