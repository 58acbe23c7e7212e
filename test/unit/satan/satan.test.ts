import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pmError } from '../../../src/errors';
import { homeAt, lockText, type Home } from '../../../src/home';
import { identify } from '../../../src/platform';
import type { ControlApi } from '../../../src/protocol/control';
import { connectIfRunning, connectSatan } from '../../../src/satan';
import { serve, type Handlers, type WireServer } from '../../../src/wire';

const hello = (version = __PM_VERSION__): ControlApi['hello']['result'] => ({
  version,
  protocol: 1,
  pid: process.pid,
  home: '/h',
  startedAtMs: 1,
});

const notAsked = (): never => {
  throw new Error('not asked for in this test');
};

const handlers = (some: Partial<Handlers<ControlApi>> = {}): Handlers<ControlApi> => ({
  hello: () => hello(),
  ping: () => ({ msg: 'pong' }),
  list: notAsked,
  describe: notAsked,
  start: notAsked,
  plan: notAsked,
  apply: notAsked,
  restart: notAsked,
  reload: notAsked,
  rollback: notAsked,
  history: () => ({ apps: [] }),
  stop: notAsked,
  delete: notAsked,
  scale: notAsked,
  reset: notAsked,
  signal: notAsked,
  input: notAsked,
  amend: notAsked,
  operation: notAsked,
  reloadLogs: notAsked,
  save: notAsked,
  clearDump: notAsked,
  resurrect: notAsked,
  handOver: notAsked,
  kill: notAsked,
  ...some,
});

describe('satan', () => {
  let home: Home;
  const closing: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    home = homeAt(await mkdtemp(join(tmpdir(), 'pm-satan-')));
  });

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await rm(home.path, { recursive: true });
  });

  async function god(some?: Partial<Handlers<ControlApi>>): Promise<WireServer> {
    const server = await serve<ControlApi>(home.rpcSocket, handlers(some));
    closing.push(() => server.close());
    return server;
  }

  /** Accepts, and never says a word: what a God under SIGSTOP looks like. */
  async function frozenGod(): Promise<void> {
    const connections: Socket[] = [];
    const server = createServer((connection) => connections.push(connection));
    await new Promise<void>((resolve) => server.listen(home.rpcSocket, resolve));
    closing.push(async () => {
      for (const connection of connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    await symlink(lockText(identify(process.pid)!), home.lockFile);
  }

  test('sends the first call along with hello, and asks anew the next time', async () => {
    const asked: string[] = [];
    await god({
      hello: () => {
        asked.push('hello');
        return hello();
      },
      list: () => {
        asked.push('list');
        return { instances: [] };
      },
    });
    const satan = await connectSatan(home, { first: { method: 'list', params: {} } });
    expect(await satan.call('list', {})).toEqual({ instances: [] });
    expect(asked).toEqual(['hello', 'list']);
    await satan.call('list', {});
    expect(asked).toEqual(['hello', 'list', 'list']);
    satan.close();
  });

  test("a refusal of the first call is that call's, not the connection's", async () => {
    await god({
      list: () => {
        throw pmError('BAD_ARGUMENT', { message: 'no list today' });
      },
    });
    const satan = await connectSatan(home, { first: { method: 'list', params: {} } });
    await expect(satan.call('list', {})).rejects.toMatchObject({ message: 'no list today' });
    expect(await satan.call('ping', {})).toEqual({ msg: 'pong' });
    satan.close();
  });

  test('finds nobody, and says so without starting anybody', async () => {
    expect(await connectIfRunning(home)).toBeNull();
  });

  test('calls God, and learns who it is', async () => {
    await god();
    const satan = await connectSatan(home);
    expect(satan.warnings).toEqual([]);
    expect(satan.god.pid).toBe(process.pid);
    expect(await satan.call('ping', {})).toEqual({ msg: 'pong' });
    satan.close();
    await satan.closed;
  });

  test('warns about another version, and goes on', async () => {
    await god({ hello: () => hello('99.0.0') });
    const satan = await connectSatan(home);
    expect(satan.warnings).toEqual([expect.stringMatching(/^God runs version 99\.0\.0, this is /)]);
    expect(await satan.call('ping', {})).toEqual({ msg: 'pong' });
    satan.close();
  });

  test("passes God's refusals on as they are", async () => {
    await god({
      stop: () => {
        throw pmError('NO_PROCESS');
      },
    });
    const satan = await connectSatan(home);
    await expect(satan.call('stop', { targets: { selectors: ['all'] } })).rejects.toMatchObject({
      code: 'NO_PROCESS',
    });
    satan.close();
  });

  test('gives up on a frozen God within the deadline, and names its pid', async () => {
    await frozenGod();
    await expect(connectSatan(home, { deadlineMs: 50 })).rejects.toMatchObject({
      code: 'GOD_UNREACHABLE',
      message: expect.stringContaining(`(pid ${process.pid})`) as string,
      hint: expect.stringContaining(`kill -CONT ${process.pid}`) as string,
    });
  });

  test('gives up on a God that freezes between two calls', async () => {
    await god({ list: () => new Promise(() => undefined) });
    const satan = await connectSatan(home, { deadlineMs: 50 });
    await expect(satan.call('list', {})).rejects.toMatchObject({ code: 'GOD_UNREACHABLE' });
    satan.close();
  });

  test('notices that God is ended during a call', async () => {
    // What `pm kill` leaves: nobody is to start another.
    await writeFile(home.killedMarker, '');
    const server = await god({
      list: async () => {
        await server.close();
        return { instances: [] };
      },
    });
    closing.pop();
    const satan = await connectSatan(home);
    await expect(satan.call('list', {})).rejects.toMatchObject({
      code: 'GOD_UNREACHABLE',
      message: expect.stringContaining('closed the connection') as string,
    });
    await satan.closed;
  });

  test('asks the successor of a God that dies during a call, by the same name for a change', async () => {
    const seen: unknown[] = [];
    const end = async (params: unknown): Promise<never> => {
      seen.push(params);
      await first.close();
      await god({
        hello: () => ({ ...hello(), protocol: 2 }),
        stop: (again) => {
          seen.push(again);
          return { operationId: '2-1', started: [], restarted: [] };
        },
      });
      throw new Error('nobody hears this');
    };
    const first = await god({ stop: end });
    closing.pop();
    const satan = await connectSatan(home);
    const params = { targets: { selectors: ['all'] } };
    expect(await satan.call('stop', params)).toMatchObject({ operationId: '2-1' });
    expect(seen).toEqual([
      { ...params, request: expect.any(String) as string, by: expect.any(String) as string },
      seen[0],
    ]);
    satan.close();
  });

  // Root may use any socket.
  (process.getuid?.() === 0 ? test.skip : test)('says whose socket it must not use', async () => {
    await god();
    await chmod(home.rpcSocket, 0);
    await expect(connectSatan(home)).rejects.toMatchObject({ code: 'PERMISSION' });
  });

  test('follows an operation to its end, each step once', async () => {
    const step = (index: number) => ({ index, instanceId: index, label: `api#${index}`, text: 'online' });
    const all = [step(0), step(1), step(2)];
    const asked: number[] = [];
    await god({
      operation: (params) => {
        const { id, afterStep } = params as ControlApi['operation']['params'];
        expect(id).toBe('o1');
        asked.push(afterStep);
        const steps = all.filter(({ index }) => index > afterStep).slice(0, 1);
        const outcome = steps.length === 0 ? { error: null, instanceIds: [0, 1, 2], warnings: ['w'] } : null;
        return { steps, outcome };
      },
    });
    const satan = await connectSatan(home);
    const seen: string[] = [];
    const outcome = await satan.run({ operationId: 'o1', started: [], restarted: [] }, ({ label }) =>
      seen.push(label),
    );
    expect(outcome).toEqual({ error: null, instanceIds: [0, 1, 2], warnings: ['w'] });
    expect(seen).toEqual(['api#0', 'api#1', 'api#2']);
    expect(asked).toEqual([-1, 0, 1, 2]);
    satan.close();
  });
});
