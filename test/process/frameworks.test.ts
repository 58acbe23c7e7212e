import { once } from 'node:events';
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { app, createHome, type TestHome } from '../rig/home';
import { freePort, get } from '../rig/http';
import { failed, NONE_FAILED, startLoad } from '../rig/load';
import { until } from '../rig/wait';

/** Everything that a client of some framework saw while its app was reloaded. */
interface Client {
  /** Resolves when so many more requests have been answered. */
  answered(count: number): Promise<void>;
  /** What went wrong, as whatever shows it best. */
  stop(): Promise<unknown>;
}

/** Asks again and again; whatever the question throws is a failure. */
function keepAsking(ask: () => Promise<unknown>, close: () => void): Client {
  const failures: string[] = [];
  let answers = 0;
  const over = new AbortController();
  const loop = (async () => {
    while (!over.signal.aborted) {
      try {
        await ask();
        answers++;
      } catch (error) {
        failures.push(String(error));
      }
      await delay(5);
    }
    close();
  })();
  return {
    answered: async (count) => {
      const wanted = answers + count;
      await until(`${count} more answers`, () => answers >= wanted);
    },
    stop: async () => {
      over.abort();
      await loop;
      return failures;
    },
  };
}

function http1(home: TestHome, port: number): Client {
  const load = startLoad(home, port, 1);
  return { answered: (count) => load.answered(count), stop: async () => failed(await load.stop()) };
}

/**
 * One session after the other: left when the server says goodbye. A stream that the server refuses was not processed,
 * and is asked for again, as every client does (RFC 9113 §8.7).
 */
function http2(_home: TestHome, port: number): Client {
  let session: ClientHttp2Session | null = null;
  const open = (): ClientHttp2Session => {
    const opened = connectHttp2(`http://127.0.0.1:${port}`);
    const leave = (): void => {
      if (session === opened) session = null;
      if (!opened.closed) opened.close();
    };
    opened.on('goaway', leave).on('close', leave);
    // A request that it takes along fails by itself.
    opened.on('error', () => undefined);
    return opened;
  };
  const ask = async (): Promise<unknown> => {
    const current = session ?? open();
    session = current;
    const request = current.request({ ':path': '/' }).setEncoding('utf8');
    let body = '';
    try {
      for await (const chunk of request) body += String(chunk);
    } catch (error) {
      if (request.rstCode !== constants.NGHTTP2_REFUSED_STREAM) throw error;
      return ask();
    }
    if (!body.endsWith('}')) throw new Error(`half an answer: ${body}`);
    return body;
  };
  return keepAsking(ask, () => session?.close());
}

/** A connection that stays; when it is closed the client comes back, and says again what had no answer. */
function websocket(_home: TestHome, port: number): Client {
  let socket: WebSocket | null = null;
  const open = (): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const opened = new WebSocket(`ws://127.0.0.1:${port}`);
      opened.once('open', () => resolve((socket = opened)));
      opened.once('error', reject);
      opened.once('close', () => (socket = null));
    });
  const ask = async (): Promise<unknown> => {
    const current = socket ?? (await open());
    current.send('hello');
    const done = new AbortController();
    const answer = once(current, 'message', { signal: done.signal });
    const closed = once(current, 'close', { signal: done.signal }).then(() => null);
    closed.catch(() => undefined);
    answer.catch(() => undefined);
    const first = await Promise.race([answer, closed]);
    done.abort();
    return first ?? ask();
  };
  return keepAsking(ask, () => socket?.terminate());
}

/** Polls first and upgrades then, as its client does by itself: without sticky connections it would never get that far. */
function socketIo(_home: TestHome, port: number): Client {
  const socket = io(`http://127.0.0.1:${port}`, {
    retries: 5,
    ackTimeout: 1000,
    reconnectionDelay: 20,
    reconnectionDelayMax: 100,
  });
  const ask = async (): Promise<unknown> => socket.emitWithAck('say', 'hello');
  return keepAsking(ask, () => socket.close());
}

interface Framework {
  readonly script: string;
  readonly client: (home: TestHome, port: number) => Client;
  readonly wanted: unknown;
  readonly balance?: 'ip-hash';
}

const FRAMEWORKS: Readonly<Record<string, Framework>> = {
  express: { script: 'express.js', client: http1, wanted: NONE_FAILED },
  fastify: { script: 'fastify.js', client: http1, wanted: NONE_FAILED },
  koa: { script: 'koa.js', client: http1, wanted: NONE_FAILED },
  hono: { script: 'hono.mjs', client: http1, wanted: NONE_FAILED },
  'an ES module with top-level await': {
    script: 'top-level-await.mjs',
    client: http1,
    wanted: NONE_FAILED,
  },
  http2: { script: 'http2.js', client: http2, wanted: [] },
  ws: { script: 'ws.js', client: websocket, wanted: [] },
  'socket.io': { script: 'socket-io.js', client: socketIo, wanted: [], balance: 'ip-hash' },
};
const NAMES = Object.keys(FRAMEWORKS);

/** Asks from enough addresses that the hash of them meets every worker. */
async function answering(name: string, port: number): Promise<Set<number>> {
  const pids = new Set<number>();
  for (let n = 2; n < 22; n++) {
    if (name === 'http2') pids.add(await http2Pid(port));
    else {
      const { body } = await get({ port, localAddress: `127.0.0.${n}` });
      pids.add((JSON.parse(body) as { pid: number }).pid);
    }
  }
  return pids;
}

async function http2Pid(port: number): Promise<number> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  let body = '';
  for await (const chunk of session.request({ ':path': '/' }).setEncoding('utf8')) body += String(chunk);
  session.close();
  return (JSON.parse(body) as { pid: number }).pid;
}

/** All at once, in one home: a start and a reload of each by itself would take four times as long. */
describe('a real app, unmodified', () => {
  let home: TestHome;
  const ports: Record<string, number> = {};
  const outcome: Record<string, unknown> = {};
  const before: Record<string, { running: number[]; answering: Set<number> }> = {};
  const after: typeof before = {};

  const look = async (into: typeof before): Promise<void> => {
    const views = await home.untilAll('online');
    for (const name of NAMES) {
      const running = views.filter((view) => view.name === name).map(({ pid }) => pid);
      into[name] = { running, answering: await answering(name, ports[name]!) };
    }
  };

  beforeAll(async () => {
    home = createHome();
    for (const name of NAMES) ports[name] = await freePort();
    const apps = NAMES.map((name) => ({
      name,
      script: app(`frameworks/${FRAMEWORKS[name]!.script}`),
      instances: 2,
      exec_mode: 'cluster',
      // Connections that stay open are given up soon.
      drain_timeout: '1s',
      listen_timeout: '10s',
      ...(FRAMEWORKS[name]!.balance === undefined ? {} : { balance: FRAMEWORKS[name]!.balance }),
      env: { PORT: String(ports[name]) },
    }));
    await home.ok(['start', home.write('ecosystem.json', JSON.stringify({ apps }))]);
    await look(before);
    const clients = NAMES.map((name) => FRAMEWORKS[name]!.client(home, ports[name]!));
    await Promise.all(clients.map((client) => client.answered(2)));
    await home.ok(['reload', 'all']);
    await until('the old workers have ended', async () =>
      (await home.list()).every(({ exits }) => exits.length > 0),
    );
    await Promise.all(clients.map((client) => client.answered(2)));
    const failures = await Promise.all(clients.map((client) => client.stop()));
    for (const [index, name] of NAMES.entries()) outcome[name] = failures[index];
    await look(after);
  }, 60_000);
  afterAll(() => home.dispose());

  test.each(NAMES)('%s is answered by both workers, and loses nothing in a reload', (name) => {
    expect(outcome[name]).toEqual(FRAMEWORKS[name]!.wanted);
    for (const seen of [before[name]!, after[name]!])
      expect([...seen.answering].sort()).toEqual([...seen.running].sort());
    for (const pid of before[name]!.running) expect(after[name]!.running).not.toContain(pid);
  });
});
