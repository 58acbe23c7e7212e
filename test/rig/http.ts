import { request, type Agent, type RequestOptions } from 'node:http';
import { createServer } from 'node:net';

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

/** Below the ports that the kernel gives to clients and to `listen(0)`, of which it gives some again and again. */
const FIRST_PORT = 10_000;
const LAST_PORT = 32_000;

/**
 * A port that nobody listens on now, at random. Somebody else could take it before the app does; two tests would have
 * to be very unlucky.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
