import { request, type Agent, type RequestOptions } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A client that waits this long is one that a user would call hung. */
const HUNG_MS = 4000;

/** One request; a connection of its own unless an agent is given. */
export function get(target: RequestOptions, agent: Agent | false = false): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', path: '/', ...target, agent, timeout: HUNG_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('error', reject);
      response.on('close', () => {
        if (response.complete) resolve({ status: response.statusCode ?? 0, body });
        else reject(Object.assign(new Error('the answer was cut'), { code: 'TRUNCATED' }));
      });
    });
    sent.on('timeout', () => {
      sent.destroy(Object.assign(new Error(`no answer within ${HUNG_MS} ms`), { code: 'HUNG' }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** What test/fixtures/apps/http-app.js answers. */
export interface AppAnswer {
  readonly pid: number;
  readonly instance: string;
  readonly version: string;
}

export const ask = async (port: number): Promise<AppAnswer> =>
  JSON.parse((await get({ port })).body) as AppAnswer;

/** As many answers, each on a connection of its own. */
export async function askTimes(port: number, count: number): Promise<AppAnswer[]> {
  const answers: AppAnswer[] = [];
  for (let n = 0; n < count; n++) answers.push(await ask(port));
  return answers;
}

/**
 * A port that nobody listens on now. Somebody else could take it before the app does; the kernel hands ports out in a
 * random order, so two tests would have to be very unlucky.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
