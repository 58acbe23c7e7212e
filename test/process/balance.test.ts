import { connect, type Socket } from 'node:net';
import { canReusePort } from '../../src/model/balance';
import { app, createHome, type TestHome } from '../rig/home';
import { freePort } from '../rig/http';
import { newerNode, openPackages, WITH_NEWER_NODE } from '../rig/newer-node';
import { until } from '../rig/wait';

/** What test/fixtures/apps/handles/spread.js answers. */
interface Visit {
  readonly pid: number;
  readonly slot: number;
  readonly ready: boolean;
  /** Still open. */
  readonly socket: Socket;
}

const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

/** One request on a connection of its own, which stays open; null when the server hung up without an answer. */
async function hold(port: number, localAddress = '127.0.0.1'): Promise<Visit | null> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  sockets.add(socket);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  let text = '';
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (text.endsWith('}')) return { ...(JSON.parse(text.split('\r\n').at(-1)!) as Visit), socket };
    }
  } catch (error) {
    // It is closed with our request unread.
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
  return null;
}

/** The same, and the connection ends. */
async function visit(port: number, localAddress?: string): Promise<Visit> {
  const seen = await hold(port, localAddress);
  if (seen === null) throw new Error('the server hung up');
  seen.socket.destroy();
  sockets.delete(seen.socket);
  return seen;
}

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

const SYSTEM = { title: 'this Node', newer: false, extra: [] };
const NEWER = { title: 'a newer Node', newer: true, extra: ['reuseport'] };

describe.each(WITH_NEWER_NODE ? [SYSTEM, NEWER] : [SYSTEM])('balance, on $title', ({ newer, extra }) => {
  const balances = ['round-robin', 'least-connections', 'ip-hash', 'shared', ...extra];
  const packages = openPackages();
  let home: TestHome;
  let node: string | null = null;
  const ports: Record<string, number> = {};

  /** One app for each balance, all at once; they are ready long after they listen. */
  const startAll = async (
    instances: number,
    env: Record<string, string>,
    more: Record<string, unknown> = {},
  ): Promise<void> => {
    for (const balance of balances) ports[balance] ??= await freePort();
    await home.ok(['start', ecosystem(instances, env, more)]);
  };
  const ecosystem = (
    instances: number,
    env: Record<string, string>,
    { prefix = '', ...more }: Record<string, unknown>,
  ): string => {
    const apps = balances.map((balance) => ({
      name: `${prefix as string}${balance}`,
      script: app('handles/spread.js'),
      instances,
      exec_mode: 'cluster',
      wait_ready: true,
      // Ten start at once.
      listen_timeout: '20s',
      balance,
      ...(node === null ? {} : { interpreter: node }),
      ...more,
      env: { ...env, PORT: String(ports[balance]) },
    }));
    return home.write('ecosystem.json', JSON.stringify({ apps }));
  };
  const portOf = (balance: string): number => ports[balance]!;

  beforeAll(async () => {
    home = createHome();
    if (newer) node = (await newerNode(packages)).path;
    await startAll(4, { READY_AFTER_MS: '300' });
  }, 300_000);
  afterAll(async () => {
    packages.dispose();
    await home.dispose();
  });

  test('describe says which one is in force', async () => {
    for (const balance of balances)
      expect((await home.ok(['describe', balance])).stdout).toMatch(new RegExp(`balance +│ ${balance} `));
  });

  test('describe says what auto has chosen, and why', async () => {
    const interpreter = node === null ? [] : ['--interpreter', node];
    await home.ok(['start', app('handles/spread.js'), '--name', 'auto', '-i', '1', ...interpreter], {
      env: { PORT: '0' },
    });
    const { stdout } = await home.ok(['describe', 'auto']);
    const version = (node === null ? process.version : (await newerNode(packages)).version).replace('v', '');
    const chosen = canReusePort({ version, platform: process.platform }) ? 'reuseport' : 'round-robin';
    expect(stdout).toMatch(new RegExp(`balance +│ ${chosen} \\(auto: Node ${version.split('.')[0]}`));
    await home.ok(['delete', 'auto']);
  });

  test('least-connections fills up who has lost some', async () => {
    // The end of a connection from before may be told only now, and counts until then.
    const held = await until('eight are two each', async () => {
      const all = (await times(8, () => hold(portOf('least-connections')))).map((one) => one!);
      const isEven = all.every(({ pid }) => all.filter((one) => one.pid === pid).length === 2);
      if (!isEven) for (const { socket } of all) socket.destroy();
      return isEven && all;
    });
    const [{ pid }] = held as [Visit];
    for (const one of held) if (one.pid === pid) one.socket.destroy();
    await until('a new one goes there', async () => {
      const next = await hold(portOf('least-connections'));
      return next?.pid === pid;
    });
  });

  test.each(['round-robin', 'least-connections', ...extra])('%s spreads evenly', async (balance) => {
    const counts = new Map<number, number>();
    for (let round = 0; round < 40; round++)
      for (const { pid } of await times(20, () => visit(portOf(balance))))
        counts.set(pid, (counts.get(pid) ?? 0) + 1);
    expect(counts.size).toBe(4);
    // 200 each. The kernel spreads by a hash, as even as dice: over so many, five standard deviations are 1.3.
    expect(Math.max(...counts.values()) / 200).toBeLessThanOrEqual(1.3);
  });

  test('ip-hash gives the same client the same slot, over a reload too', async () => {
    const clients = Array.from({ length: 20 }, (_, index) => `127.0.0.${index + 2}`);
    const slots = async (): Promise<number[]> =>
      Promise.all(clients.map(async (address) => (await visit(portOf('ip-hash'), address)).slot));
    const before = await slots();
    expect(new Set(before).size).toBeGreaterThan(2);
    expect(await slots()).toEqual(before);
    await home.ok(['reload', 'ip-hash']);
    expect(await slots()).toEqual(before);
  });

  test('who listens but is not ready is given no connection: in a reload, and when nobody else is there', async () => {
    let isOver = false;
    const clients = balances.map(async (balance) => {
      const seen: Visit[] = [];
      while (!isOver) seen.push(...(await times(2, () => visit(portOf(balance)))));
      return seen;
    });
    await home.ok(['reload', 'all']);
    isOver = true;
    const during = (await Promise.all(clients)).flat();

    const before = new Set((await home.list()).map(({ pid }) => pid));
    for (const pid of before) process.kill(pid, 'SIGKILL');
    const waited = await Promise.all(balances.map((balance) => visit(portOf(balance))));
    for (const { pid } of waited) expect(before).not.toContain(pid);
    expect([...during, ...waited].filter(({ ready }) => !ready)).toEqual([]);
    await home.untilAll('online');
  });

  test('another app on the same address is refused, with the name and the pid of the first', async () => {
    const { code } = await home.pm(['start', ecosystem(1, {}, { prefix: 'second-', max_restarts: 0 })]);
    expect(code).toBe(1);
    const views = await home.list();
    for (const balance of balances) {
      const pids = views.filter(({ name }) => name === balance).map(({ pid }) => pid);
      const refused = views.find(({ name }) => name === `second-${balance}`);
      const words = refused?.exits[0]?.words ?? '';
      expect(words).toContain(`EADDRINUSE :${portOf(balance)}, in use by app ${balance} (pid `);
      expect(pids).toContain(Number(/\(pid (\d+)/.exec(words)?.[1]));
    }
    await home.ok(['delete', '/^second-/']);
    for (const balance of balances) await visit(portOf(balance));
  });

  test('the place of a worker that is gone is taken by the others', async () => {
    await home.ok(['delete', 'all']);
    await startAll(3, {}, { restart_delay: '1h' });
    const views = await home.list();
    const dead = balances.map((balance) => views.find(({ name }) => name === balance)!.pid);
    for (const pid of dead) process.kill(pid, 'SIGKILL');
    await until('they are gone', async () => {
      const waiting = (await home.list()).filter(({ status }) => status === 'waiting restart');
      return waiting.length === balances.length;
    });
    for (const balance of balances) {
      // Of so many each of three slots gets some.
      const seen = await times(30, (index) => visit(portOf(balance), `127.0.0.${index + 2}`));
      for (const { pid } of seen) expect(dead).not.toContain(pid);
    }
  });

  test('maxConnections: who is full is passed over, and the last one drops', async () => {
    await home.ok(['delete', 'all']);
    await startAll(2, { MAX: '1' });
    for (const balance of ['round-robin', 'least-connections']) {
      const [first, second] = [await hold(portOf(balance)), await hold(portOf(balance))];
      expect(first!.pid).not.toBe(second!.pid);
      expect(await hold(portOf(balance))).toBeNull();
      first!.socket.destroy();
      await until('there is room again', async () => (await hold(portOf(balance)))?.pid === first!.pid);
    }
  });
});

test('a balance that this Node cannot do is refused, with the version that can', async () => {
  const home = createHome();
  const { code, stderr } = await home.pm(['start', app('idle.js'), '-i', '1', '--balance', 'reuseport']);
  const can = canReusePort({ version: process.version, platform: process.platform });
  expect(code).toBe(can ? 0 : 1);
  if (!can) expect(stderr).toMatch(/reuseport.*needs Node 22\.12/s);
  await home.dispose();
});
