import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { identify } from '../../src/platform';
import { app, type TestHome } from './home';
import { within } from './wait';

interface Commands {
  /** Serves its pid over HTTP; gives the port. */
  listen: { argument: number; result: number };
  print: { argument: string; result: null };
  complain: { argument: string; result: null };
  exit: { argument: number; result: null };
  throw: { argument: string; result: null };
  /** From now on the signal does nothing. */
  ignore: { argument: NodeJS.Signals; result: null };
  /** Over IPC, to the shim. */
  send: { argument: unknown; result: null };
  /** Holds the event loop for so many ms. */
  block: { argument: number; result: null };
  /** Starts a child that ignores SIGINT, `detached` in a group of its own; gives its pid. */
  spawn: { argument: 'child' | 'detached'; result: number };
}

/** An app that does what the test tells it: test/fixtures/apps/puppet.js, connected back to us. */
export interface Puppet {
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** Resolves with what the puppet answers; for what ends it (`exit`, `throw`) when it has heard. */
  tell<C extends keyof Commands>(
    command: C,
    argument: Commands[C]['argument'],
  ): Promise<Commands[C]['result']>;
  /** Resolves when its connection has ended: it is gone, or going. */
  readonly gone: Promise<void>;
}

export interface Puppets {
  /** To be put into the environment of `pm start`. */
  readonly env: Readonly<Record<string, string>>;
  readonly script: string;
  /** The next puppet that comes up, or one that did and was not asked for yet. */
  next(deadlineMs?: number): Promise<Puppet>;
  close(): Promise<void>;
}

/** Opens the socket that the puppets of this home call. */
export async function openPuppets(home: TestHome): Promise<Puppets> {
  const path = `${home.cwd}/puppets`;
  const arrived: Puppet[] = [];
  const waiting: ((puppet: Puppet) => void)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void meet(socket).then((puppet) => {
      const identity = identify(puppet.pid);
      if (identity !== null) home.remember(identity);
      const first = waiting.shift();
      if (first === undefined) arrived.push(puppet);
      else first(puppet);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  // A test whose home was not clean never comes to close it, and would keep jest from ending.
  server.unref();
  return {
    env: { PUPPET_SOCKET: path },
    script: app('puppet.js'),
    next: (deadlineMs) => {
      const ready = arrived.shift();
      if (ready !== undefined) return Promise.resolve(ready);
      return within('a puppet', new Promise<Puppet>((resolve) => waiting.push(resolve)), deadlineMs);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly hello?: { readonly pid: number; readonly env: Record<string, string>; readonly args: string[] };
}

/** Its first line says who it is. */
function meet(socket: Socket): Promise<Puppet> {
  const pending = new Map<number, (result: unknown) => void>();
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let lastId = 0;
  const tell = (command: string, argument: unknown): Promise<unknown> => {
    const id = ++lastId;
    socket.write(`${JSON.stringify({ id, command, argument })}\n`);
    const answer = new Promise((resolve) => pending.set(id, resolve));
    const left = gone.then(() => Promise.reject(new Error(`the puppet left before it could ${command}`)));
    return within(`the puppet to ${command}`, Promise.race([answer, left]));
  };
  return new Promise((resolve) => {
    createInterface({ input: socket }).on('line', (line) => {
      const { hello, id, result } = JSON.parse(line) as Message;
      if (hello !== undefined) resolve({ ...hello, tell, gone } as Puppet);
      else if (id !== undefined) pending.get(id)?.(result);
    });
  });
}
