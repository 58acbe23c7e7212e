import { existsSync } from 'node:fs';
import { Agent } from 'node:http';
import { app, createHome, type TestHome } from '../../rig/home';
import { freePort, get } from '../../rig/http';
import { until } from '../../rig/wait';

describe('an idle keep-alive connection', () => {
  let home: TestHome;
  let agent: Agent;
  beforeEach(() => {
    home = createHome();
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });
  afterEach(async () => {
    agent.destroy();
    await home.dispose();
  });

  const idleSocket = (): unknown => Object.values(agent.freeSockets)[0]?.[0];
  const pidOf = async (target: { port: number } | { socketPath: string }): Promise<number> =>
    (JSON.parse((await get(target, agent)).body) as { pid: number }).pid;

  test.each(['round-robin', 'least-connections', 'ip-hash', 'shared'])(
    'outlives its worker and is served by the next one (%s)',
    async (balance) => {
      const port = await freePort();
      const env = { PORT: String(port), DELAY_MS: '0' };
      await home.ok(['start', app('http-app.js'), '--name', 'web', '-i', '1', '--balance', balance], { env });
      const before = await pidOf({ port });
      const socket = idleSocket();
      expect(socket).toBeDefined();

      await home.ok(['reload', 'web']);
      // Until it goes it may still answer: it is draining.
      await until('the old worker has gone', () => !existsSync(`/proc/${before}`));
      const after = await pidOf({ port });
      expect(after).not.toBe(before);
      expect(idleSocket()).toBe(socket);

      // With nobody there it waits.
      await home.ok(['restart', 'web']);
      expect(await pidOf({ port })).not.toBe(after);
      expect(idleSocket()).toBe(socket);
    },
  );

  test('is handed on however many there are, on a Unix socket too', async () => {
    const path = `${home.cwd}/app.sock`;
    const script = home.write(
      'local.js',
      `require('node:http').createServer((request, response) => response.end()).listen('${path}')`,
    );
    await home.ok(['start', script, '--name', 'web', '-i', '2']);
    const agents = Array.from({ length: 100 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const ask = (): Promise<unknown[]> =>
      Promise.all(agents.map((one) => get({ socketPath: path }, one).then(({ status }) => status)));
    await ask();
    const kept = (): unknown[] => agents.map((one) => Object.values(one.freeSockets)[0]?.[0]);
    const sockets = kept();
    const old = (await home.list()).map(({ pid }) => pid);
    await home.ok(['reload', 'web']);
    // Until they go they may still answer: they are draining.
    await until('the old workers have gone', () => !old.some((pid) => existsSync(`/proc/${pid}`)));
    await ask();
    // Not compared by jest, which could not print the difference.
    expect(kept().filter((socket, n) => socket !== sockets[n])).toHaveLength(0);
    for (const one of agents) one.destroy();
  });

  test('of an app with something of its own below HTTP is closed instead', async () => {
    const port = await freePort();
    const script = home.write(
      'proxied.js',
      `const http = require('node:http');
       const server = http.createServer((request, response) => response.end('{"pid":' + process.pid + '}'));
       const [ours] = server.listeners('connection');
       server.removeAllListeners('connection');
       server.on('connection', function readPreface(socket) { ours.call(server, socket); });
       server.keepAliveTimeout = 60_000;
       server.listen(${port});`,
    );
    await home.ok(['start', script, '--name', 'web', '-i', '1']);
    const before = await pidOf({ port });
    const socket = idleSocket();
    await home.ok(['restart', 'web']);
    expect(await pidOf({ port })).not.toBe(before);
    expect(idleSocket()).not.toBe(socket);
  });
});
