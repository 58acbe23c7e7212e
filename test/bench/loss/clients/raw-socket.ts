import net from 'node:net';
import { Loss, toLoss } from '../tally';
import { inTime, type Target } from './client';

export interface RawAnswer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** A TCP connection on which the client says byte for byte what is sent. */
export interface RawSocket {
  readonly socket: net.Socket;
  /** The next answer of the server; rejects with a {@link Loss}. Only `content-length` bodies. */
  answer(): Promise<RawAnswer>;
  /** The server has closed its side, with nothing more to read. */
  isEnded(): boolean;
  /** Answers read so far. */
  answers(): number;
}

/** @throws Loss when nobody takes the connection */
export async function connectRaw({ host, httpPort, localAddress }: Target): Promise<RawSocket> {
  const socket = net.connect({ host, port: httpPort, localAddress, allowHalfOpen: true });
  // Small writes one after another are the point of these clients.
  socket.setNoDelay(true);
  const connected = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(toLoss(error)));
  });
  await inTime('a connection', connected, () => socket.destroy());
  return readAnswers(socket);
}

function readAnswers(socket: net.Socket): RawSocket {
  let text = '';
  let ended = false;
  let failure: unknown = null;
  let count = 0;
  let look = (): void => undefined;
  socket.setEncoding('latin1');
  socket.on('data', (data: string) => {
    text += data;
    look();
  });
  socket.on('end', () => {
    ended = true;
    look();
  });
  socket.on('error', (error) => {
    failure = error;
    look();
  });
  const next = (): Promise<RawAnswer> =>
    new Promise((resolve, reject) => {
      look = () => {
        const found = takeAnswer(text);
        const reused = count > 0;
        const begun = text.length > 0;
        if (found !== null) {
          text = text.slice(found.length);
          count++;
          look = () => undefined;
          resolve(found.answer);
        } else if (failure !== null) reject(toLoss(failure, { reused, begun }));
        else if (ended)
          reject(new Loss(begun ? 'truncated' : 'reset', 'closed instead of an answer', reused && !begun));
      };
      look();
    });
  return {
    socket,
    answer: () => inTime('an answer', next(), () => socket.destroy()),
    isEnded: () => ended || failure !== null,
    answers: () => count,
  };
}

function takeAnswer(text: string): { answer: RawAnswer; length: number } | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const headers = text.slice(0, headEnd).toLowerCase();
  const status = Number(headers.slice(9, 12));
  const bodyLength = status === 100 ? 0 : Number(/content-length: (\d+)/.exec(headers)?.[1] ?? 0);
  const length = headEnd + 4 + bodyLength;
  if (text.length < length) return null;
  return { answer: { status, headers, body: text.slice(headEnd + 4, length) }, length };
}

/** @throws Loss unless it is the 200 with what was expected in it */
export function expectAnswer({ status, body }: RawAnswer, part: string): void {
  if (status >= 500) throw new Loss('5xx', `status ${status}`);
  if (status !== 200 || !body.includes(part))
    throw new Loss('wrong', `status ${status}, body ${body.slice(0, 80)}`);
}
