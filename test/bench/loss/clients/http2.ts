import http2 from 'node:http2';
import { once } from 'node:events';
import { Loss, toLoss } from '../tally';
import { inTime, type Client, type ClientClass, type Target } from './client';

const STREAMS = 4;

/**
 * Four requests at once on one session, again and again. A session on which the server has said goodbye (GOAWAY, or a
 * clean close between two rounds) is replaced before the next round; what was sent before that must be answered.
 */
function openHttp2Client(target: Target): Client {
  let session: http2.ClientHttp2Session | null = null;
  let rounds = 0;
  let number = 0;
  const usable = async (): Promise<http2.ClientHttp2Session> => {
    if (session !== null && !session.closed && !session.destroyed) return session;
    rounds = 0;
    session = await connect(target);
    return session;
  };
  return {
    round: async () => {
      const current = await usable();
      const sent = Array.from({ length: STREAMS }, () => request(current, String(++number), rounds > 0));
      rounds++;
      const results = await Promise.allSettled(sent);
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) {
        current.destroy();
        throw failed.reason as Error;
      }
    },
    close: () => session?.destroy(),
  };
}

async function connect({ host, http2Port }: Target): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(`https://${host}:${http2Port}`, { rejectUnauthorized: false });
  const connected = once(session, 'connect').catch((error: unknown) => {
    throw toLoss(error);
  });
  await inTime('a session', connected, () => session.destroy());
  // From here on each stream tells its own story.
  session.on('error', () => undefined);
  return session;
}

async function request(session: http2.ClientHttp2Session, n: string, reused: boolean): Promise<void> {
  let begun = false;
  let body = '';
  let status = 0;
  try {
    const stream = session.request({ ':path': `/?n=${n}` });
    stream.on('response', (headers) => {
      begun = true;
      status = headers[':status'] ?? 0;
    });
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => (body += chunk));
    await inTime('a stream', once(stream, 'end'), () => stream.close());
  } catch (error) {
    throw http2Loss(error, reused, begun);
  }
  // A session that is cut ends its streams like that, without an error.
  if (status === 0) throw new Loss('reset', 'the stream ended without an answer', reused);
  if (status >= 500) throw new Loss('5xx', `status ${status}`);
  if (!body.includes(`"n":"${n}"`)) throw new Loss('truncated', `body ${body.slice(0, 80)}`);
}

/**
 * A refused stream is the protocol's own way of saying that the request was not processed and shall be sent again
 * (RFC 9113 §8.7): it crossed the GOAWAY. Anything else is a loss, whatever it is called.
 */
function http2Loss(error: unknown, reused: boolean, begun: boolean): Loss {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!code.startsWith('ERR_HTTP2')) return toLoss(error, { reused, begun });
  if (!begun && message.includes('NGHTTP2_REFUSED_STREAM')) return new Loss('again', message);
  return new Loss(begun ? 'truncated' : 'reset', `${code} ${message}`, reused && !begun);
}

const http2Class = (name: string, clients: number, thinkMs: number): ClientClass => ({
  name,
  clients,
  thinkMs,
  open: openHttp2Client,
});

export const HTTP2_CLASSES: readonly ClientClass[] = [
  http2Class('HTTP/2, busy', 2, 0),
  http2Class('HTTP/2, 500 ms think time', 4, 500),
];
