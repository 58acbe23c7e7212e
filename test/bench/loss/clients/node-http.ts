import http from 'node:http';
import https from 'node:https';
import { Loss, toLoss } from '../tally';
import { inTime, type Client, type ClientClass, type Target } from './client';

interface Options {
  readonly where: 'http' | 'https' | 'unix';
  readonly keepAlive: boolean;
}

/** Node's own client with its own agent: what a proxy or a service written in Node does. */
function openHttpClient({ where, keepAlive }: Options, target: Target): Client {
  const module = where === 'https' ? https : http;
  const agent = new module.Agent({ keepAlive, maxSockets: 1 });
  let number = 0;
  return {
    round: () => {
      const path = `/?n=${++number}`;
      return send(module, { ...addressOf(where, target), agent, rejectUnauthorized: false, path }, number);
    },
    close: () => agent.destroy(),
  };
}

const addressOf = (where: Options['where'], target: Target): https.RequestOptions =>
  where === 'unix'
    ? { socketPath: target.unixPath }
    : {
        host: target.host,
        port: where === 'https' ? target.httpsPort : target.httpPort,
        localAddress: target.localAddress,
      };

async function send(
  module: typeof http | typeof https,
  options: https.RequestOptions,
  number: number,
): Promise<void> {
  const request = module.request(options);
  await inTime('a request', answerOf(request, number), () => request.destroy());
}

function answerOf(request: http.ClientRequest, number: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun = false;
    const fail = (error: unknown): void => reject(toLoss(error, { reused: request.reusedSocket, begun }));
    request.on('error', fail);
    request.on('response', (response) => {
      begun = true;
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('error', fail);
      response.on('close', () => {
        if (!response.complete) reject(new Loss('truncated', `the answer ended after ${body.length} bytes`));
        else check(response.statusCode ?? 0, body, number, resolve, reject);
      });
    });
    request.end();
  });
}

function check(
  status: number,
  body: string,
  number: number,
  resolve: () => void,
  reject: (loss: Loss) => void,
): void {
  if (status >= 500) reject(new Loss('5xx', `status ${status}`));
  else if (status !== 200 || (JSON.parse(body) as { n: string }).n !== String(number))
    reject(new Loss('wrong', `status ${status}, body ${body.slice(0, 80)}`));
  else resolve();
}

const keepAlive = (name: string, clients: number, where: Options['where'], thinkMs: number): ClientClass => ({
  name,
  clients,
  thinkMs,
  open: (target) => openHttpClient({ where, keepAlive: true }, target),
});

const newConnections = (name: string, clients: number, where: Options['where']): ClientClass => ({
  name,
  clients,
  open: (target) => openHttpClient({ where, keepAlive: false }, target),
});

export const HTTP_CLASSES: readonly ClientClass[] = [
  keepAlive('keep-alive, busy', 3, 'http', 0),
  keepAlive('keep-alive, 30 ms think time', 6, 'http', 30),
  keepAlive('keep-alive, 300 ms', 12, 'http', 300),
  keepAlive('keep-alive, 5 s', 24, 'http', 5000),
  newConnections('new connections', 4, 'http'),
  keepAlive('Unix socket, keep-alive', 2, 'unix', 5),
  newConnections('Unix socket, new connections', 2, 'unix'),
  keepAlive('HTTPS, keep-alive', 3, 'https', 20),
  newConnections('HTTPS, new connections', 2, 'https'),
];
