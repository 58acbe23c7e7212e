import { chmodSync, chownSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createHome, type TestHome } from '../../rig/home';
import { freePort, get } from '../../rig/http';

const NOBODY = 65534;
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

/** A port that nobody but root may bind, and that is free. */
async function privilegedPort(): Promise<number> {
  for (;;) {
    const port = 300 + Math.floor(Math.random() * 700);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}

const isListenedOn = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Says by hand what the preload would say, one order after the other; `ready` comes when all have been taken. */
const ATTACK = `
  const { orders, listen } = JSON.parse(process.env.ATTACK);
  for (const order of orders) process.send(order);
  const servers = listen.map((address) =>
    require('node:http').createServer((request, response) => response.end('served')).listen(address));
  let left = servers.length;
  const ready = () => process.send('ready');
  if (left === 0) ready();
  for (const server of servers) server.once('listening', () => --left || ready());
  setInterval(() => {}, 1000);
`;

const byBroker = (request: object): object => ({
  cmd: 'NODE_PM',
  type: 'listen',
  id: 900,
  request: { address: '127.0.0.1', port: 0, addressType: 4, backlog: 5, flags: 0, index: 0, ...request },
});
const byCluster = (query: object): object => ({
  ...{ cmd: 'NODE_CLUSTER', act: 'queryServer', seq: 900, index: 0, data: null, backlog: 5, flags: 0 },
  ...{ address: '127.0.0.1', addressType: 4, fd: null, ...query },
});

asRoot('an app of another user makes a root shim listen for it', () => {
  let home: TestHome;
  let own: string;
  let roots: string;
  beforeEach(() => {
    home = createHome();
    chmodSync(dirname(home.cwd), 0o755);
    own = join(home.cwd, 'own');
    roots = join(home.cwd, 'roots');
    mkdirSync(own);
    chownSync(own, NOBODY, NOBODY);
    mkdirSync(roots);
    symlinkSync(roots, join(own, 'link'));
  });
  afterEach(() => home.dispose());

  const start = async (orders: object[], more: object, listen: (string | number)[] = []): Promise<void> => {
    const script = home.write('attack.js', ATTACK);
    const app = {
      ...{ name: 'attack', script, uid: 'nobody', gid: 'nogroup', wait_ready: true, listen_timeout: 20_000 },
      ...{ env: { ATTACK: JSON.stringify({ orders, listen }) } },
      ...more,
    };
    home.write('attack.json', JSON.stringify({ apps: [app] }));
    await home.ok(['start', 'attack.json']);
    await home.untilAll('online');
  };

  test('from a fork app nothing is taken at all', async () => {
    const ports = [await privilegedPort(), await freePort()];
    await start(
      [
        ...ports.map((port) => byBroker({ port })),
        byBroker({ address: `${roots}/sock`, port: null, addressType: -1 }),
        { cmd: 'NODE_PM', type: 'listen' },
        byCluster({ port: ports[0] }),
      ],
      {},
    );
    expect(await Promise.all(ports.map(isListenedOn))).toEqual([false, false]);
    expect(existsSync(`${roots}/sock`)).toBe(false);
  });

  test.each(['round-robin', 'shared'])(
    'from a cluster worker only what its user could (%s)',
    async (balance) => {
      const [privileged, port] = [await privilegedPort(), await freePort()];
      await start(
        [
          byBroker({ port: privileged }),
          byBroker({ port: privileged, address: '::1', addressType: 6 }),
          // libuv takes each of these for the privileged port.
          byBroker({ port: privileged + 65_536 }),
          byBroker({ port: String(privileged) }),
          byBroker({ address: `${roots}/a`, port: null, addressType: -1 }),
          byBroker({ address: `${own}/link/b`, port: null, addressType: -1 }),
          byBroker({ address: `${own}/../roots/c`, port: -1, addressType: -1 }),
          { cmd: 'NODE_PM', type: 'listen', id: 1, request: null },
          byCluster({ port: privileged }),
          byCluster({ port: -1, address: `${roots}/d`, addressType: -1 }),
          byCluster({ port: privileged, addressType: 'udp4' }),
        ],
        { exec_mode: 'cluster', instances: 2, balance },
        [port, `${own}/socket`],
      );
      expect(await isListenedOn(privileged)).toBe(false);
      expect(['a', 'b', 'c', 'd'].filter((name) => existsSync(join(roots, name)))).toEqual([]);
      expect((await get({ port })).body).toBe('served');
      expect((await get({ socketPath: `${own}/socket` })).body).toBe('served');
      expect(statSync(`${own}/socket`).isSocket()).toBe(true);
      await home.ok(['delete', 'all']);
      expect(existsSync(`${own}/socket`)).toBe(false);
    },
  );
});
