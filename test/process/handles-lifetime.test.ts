import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect, createServer, type AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { app, createHome, type TestHome } from '../rig/home';
import { ask, freePort, get } from '../rig/http';
import { failed, NONE_FAILED, startLoad } from '../rig/load';
import { newerNode, openPackages, WITH_NEWER_NODE } from '../rig/newer-node';
import { until } from '../rig/wait';

let home: TestHome;
let port: number;
beforeEach(async () => {
  home = createHome();
  port = await freePort();
});
afterEach(() => home.dispose());

/** Starts one app out of a file, because some attributes have no option. */
const start = (attributes: Record<string, unknown>): Promise<unknown> => {
  const declared = { name: 'web', env: { PORT: String(port) }, ...attributes };
  return home.ok(['start', home.write('ecosystem.json', JSON.stringify({ apps: [declared] }))]);
};

/** What a client sees that sends one request: the answer's last line, or `hung up`, and after how long. */
function client(): Promise<{ readonly saw: string; readonly afterMs: number }> {
  const begunTick = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const end = (saw: string): void => resolve({ saw, afterMs: performance.now() - begunTick });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('close', () => end(text === '' ? 'hung up' : (text.split('\r\n').at(-1) ?? '')));
    socket.on('error', ({ message }) => end(message.includes('ECONNRESET') ? 'hung up' : message));
  });
}

describe('a listener outlives its workers', () => {
  /** The only worker is gone for as long as `restart_delay` says. */
  const startAndKill = async (attributes: Record<string, unknown>): Promise<void> => {
    await start({ script: app('handles/graceful.js'), exec_mode: 'cluster', ...attributes });
    process.kill((await home.view(0)).pid, 'SIGKILL');
    await home.untilAll('waiting restart');
  };

  test('as many as may wait are answered late, the others hung up on at once', async () => {
    await startAndKill({ restart_delay: 1000, listen_queue: 2 });
    const clients = await Promise.all(Array.from({ length: 4 }, client));
    const { pid } = (await home.untilAll('online'))[0]!;
    expect(clients.map(({ saw }) => saw).sort()).toEqual([String(pid), String(pid), 'hung up', 'hung up']);
  });

  test('with ip-hash those that are on their way to a worker that hangs count as well', async () => {
    const script = home.write(
      'hangs.js',
      `require('node:http').createServer((request, response) => {
        response.end(String(process.pid));
        if (request.url === '/hang') for (;;);
      }).listen(process.env.PORT);`,
    );
    await start({ script, exec_mode: 'cluster', balance: 'ip-hash', listen_queue: 2 });
    const { pid } = await home.view(0);
    const hanging = connect(port, '127.0.0.1');
    hanging.on('error', () => undefined).write('GET /hang HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(hanging, 'data');
    const clients = Array.from({ length: 4 }, client);
    expect((await Promise.race(clients)).saw).toBe('hung up');
    process.kill(pid, 'SIGKILL');
    const next = String((await home.untilAll('online'))[0]!.pid);
    expect((await Promise.all(clients)).map(({ saw }) => saw).sort()).toEqual([
      next,
      next,
      'hung up',
      'hung up',
    ]);
  });

  test('nobody waits for longer than listen_queue_timeout', async () => {
    await startAndKill({ restart_delay: 30_000, listen_queue_timeout: '200ms' });
    const { saw, afterMs } = await client();
    expect(saw).toBe('hung up');
    expect(afterMs).toBeGreaterThan(190);
    expect(afterMs).toBeLessThan(4000);
  });

  test('and is closed by stop, and when a finished rollout does not use it any more', async () => {
    await start({ script: app('http-app.js'), exec_mode: 'cluster', instances: 2 });
    const [old, next] = [port, await freePort()];
    await home.ok(['reload', 'web', '--update-env'], { env: { PORT: String(next) } });
    expect((await get({ port: next })).status).toBe(200);
    await expect(get({ port: old })).rejects.toThrow('ECONNREFUSED');
    await home.ok(['stop', 'web']);
    await expect(get({ port: next })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a worker out of descriptors', () => {
  /** Opens files until it may not open any more, and closes them when told to. */
  const HOG = `
    const { openSync, closeSync } = require('node:fs');
    const files = [];
    require('node:http').createServer((request, response) => {
      response.setHeader('connection', 'close');
      response.end(String(process.pid));
    }).listen(process.env.PORT);
    process.on('SIGUSR2', () => {
      if (files.length > 0) for (const file of files.splice(0)) closeSync(file);
      else try { for (;;) files.push(openSync('/dev/null')); } catch (error) { console.log(error.code); }
    });`;
  const exhaust = async (pid: number): Promise<void> => {
    execFileSync('prlimit', ['--pid', String(pid), '--nofile=80:80']);
    process.kill(pid, 'SIGUSR2');
    const told = async (): Promise<boolean> => {
      const { stdout } = await home.ok(['logs', 'web', '--nostream', '--raw']);
      return stdout.includes('EMFILE');
    };
    await until('it has none left', told);
  };

  test('hangs up, as a server without us would, and serves again when it has some', async () => {
    await start({ script: home.write('hog.js', HOG), exec_mode: 'cluster', balance: 'round-robin' });
    const { pid } = await home.view(0);
    await exhaust(pid);
    expect((await client()).saw).toBe('hung up');
    process.kill(pid, 'SIGUSR2');
    await until('it serves again', async () => (await client()).saw === String(pid));
  });

  test.each(['round-robin', 'least-connections'])(
    'costs nobody anything while another has some (%s)',
    async (balance) => {
      await start({ script: home.write('hog.js', HOG), exec_mode: 'cluster', instances: 2, balance });
      const [one, other] = (await home.list()).map(({ pid }) => pid);
      await exhaust(one!);
      for (let n = 0; n < 6; n++) expect((await client()).saw).toBe(String(other));
      process.kill(one!, 'SIGUSR2');
      await until('it serves again', async () => (await client()).saw === String(one));
    },
  );

  /** It gets its listening socket when it is ready, and has no descriptor left by then. */
  const LATE = `
    require('node:http').createServer((request, response) => {
      response.setHeader('connection', 'close');
      response.end(String(process.pid));
    }).listen(process.env.PORT, () => {
      const none = ['--pid', process.pid, '--nofile=8:'];
      if (process.env.NODE_APP_INSTANCE === '0') require('node:child_process').execFileSync('prlimit', none);
      process.send('ready');
    });`;

  test('accepts as soon as it has some again (shared)', async () => {
    await start({
      script: home.write('late.js', LATE),
      exec_mode: 'cluster',
      balance: 'shared',
      wait_ready: true,
    });
    const { pid } = await home.view(0);
    const answered = client();
    execFileSync('prlimit', ['--pid', String(pid), '--nofile=1000:']);
    expect((await answered).saw).toBe(String(pid));
  });

  (WITH_NEWER_NODE ? test : test.skip)('has its socket lent to another until then (reuseport)', async () => {
    const packages = openPackages();
    home.atEnd(() => packages.dispose());
    await start({
      script: home.write('late.js', LATE),
      exec_mode: 'cluster',
      instances: 2,
      balance: 'reuseport',
      wait_ready: true,
      interpreter: (await newerNode(packages)).path,
    });
    const [one, other] = (await home.list()).map(({ pid }) => pid);
    // The kernel gives every other one to the socket of the first.
    for (let n = 0; n < 12; n++) expect((await client()).saw).toBe(String(other));
    execFileSync('prlimit', ['--pid', String(one), '--nofile=1000:']);
    await until('it serves', async () => (await client()).saw === String(one));
  });
});

describe('hold_listeners', () => {
  test('a fork app answers late while it is restarted or has crashed, and is still shown as fork', async () => {
    await start({ script: app('http-app.js'), exec_mode: 'fork', hold_listeners: true });
    const { pid, mode } = await home.view(0);
    expect(mode).toBe('fork');
    const load = startLoad(home, port, 2);
    await load.answered(1);
    await home.ok(['restart', 'web']);
    await load.answered(1);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
    const restarted = await home.view(0);
    expect(restarted).toMatchObject({ mode: 'fork', restarts: 1, status: 'online' });
    expect(restarted.pid).not.toBe(pid);

    process.kill(restarted.pid, 'SIGKILL');
    expect((await ask(port)).pid).not.toBe(restarted.pid);
    await home.ok(['stop', 'web']);
    await expect(get({ port })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('an address that is taken', () => {
  test.each(['fork', 'cluster'])(
    'by another app: the start of a %s app names it and its pid',
    async (mode) => {
      await home.ok(['start', app('http-app.js'), '--name', 'first', '-i', '2'], {
        env: { PORT: String(port) },
      });
      const [first] = await home.list();
      const { code, stderr } = await home.pm(
        ['start', app('http-app.js'), '--name', 'second', ...(mode === 'fork' ? [] : ['-i', '1'])],
        { env: { PORT: String(port) } },
      );
      expect(code).toBe(1);
      expect(stderr).toMatch(/second#2 did not start/);
      expect(stderr).toContain(`EADDRINUSE :${port}, in use by app first (pid ${first!.pid})`);
      expect((await home.untilAll('online', 'first')).map(({ pid }) => pid)).toContain(first!.pid);
      expect((await home.view(2)).exits[0]?.words).toContain('in use by app first');
    },
  );

  test('by a process that is none of ours: its pid and command are named', async () => {
    const server = createServer().listen(0);
    await once(server, 'listening');
    const taken = (server.address() as AddressInfo).port;
    const { code, stderr } = await home.pm(['start', app('http-app.js'), '-i', '1'], {
      env: { PORT: String(taken) },
    });
    server.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`EADDRINUSE :${taken}, in use by pid ${process.pid} \\(\\S*node `));
  });
});

describe('a Unix path', () => {
  const APP = `
    const server = require('node:http').createServer((request, response) => response.end(String(process.pid)));
    server.listen(process.env.SOCKET);`;
  const startAt = (name: string, path: string, more: readonly string[] = []) =>
    home.pm(['start', home.write('unix.js', APP), '--name', name, ...more], { env: { SOCKET: path } });

  test.each(['fork', 'cluster'])('that is taken: the start of a %s app names it', async (mode) => {
    const path = home.write('socket', '');
    rmSync(path);
    expect(await startAt('first', path, ['-i', '2'])).toMatchObject({ code: 0 });
    const before = await home.list();
    const { code, stderr } = await startAt('second', path, mode === 'fork' ? [] : ['-i', '1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/second#2 did not start/);
    expect(stderr).toContain(`could not listen: EADDRINUSE ${path}`);
    expect((await home.view(2)).exits[0]?.words).toContain(`could not listen (EADDRINUSE ${path})`);
    const after = await home.untilAll('online', 'first');
    expect(after.map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
    expect((await get({ socketPath: path })).status).toBe(200);
  });

  test('that is a file of another kind is left as it is', async () => {
    const path = home.write('precious', 'text');
    expect((await startAt('web', path, ['-i', '1'])).stderr).toContain(`EADDRINUSE ${path}`);
    expect(readFileSync(path, 'utf8')).toBe('text');
  });

  (process.getuid?.() === 0 ? test : test.skip)(
    'of one that was killed, and that cannot be removed, is taken: the app hears of it',
    async () => {
      const folder = dirname(home.write('readonly/there', ''));
      const path = `${folder}/socket`;
      const die =
        'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, 9))';
      spawnSync(process.execPath, ['-e', die, path]);
      execFileSync('mount', ['--bind', folder, folder]);
      home.atEnd(() => execFileSync('umount', ['--lazy', folder]));
      execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
      expect((await startAt('web', path, ['-i', '1'])).stderr).toContain(`EADDRINUSE ${path}`);
    },
  );

  test('of a shim that was killed is listened on by the next', async () => {
    const path = home.write('socket', '');
    rmSync(path);
    expect(await startAt('web', path, ['-i', '2'])).toMatchObject({ code: 0 });
    const { pid } = home.shims()[0]!.process;
    process.kill(pid, 'SIGKILL');
    await until('another shim', () => home.shims().some((shim) => shim.process.pid !== pid));
    const views = await home.untilAll('online');
    expect(views.map(({ exits }) => exits.map(({ cause }) => cause))).toEqual([['shim lost'], ['shim lost']]);
    expect((await get({ socketPath: path })).status).toBe(200);
  });
});

describe('a cluster app with nothing left to do', () => {
  test.each(['unref', 'close'])('ends by itself: %s', async (how) => {
    const script = app('handles/nothing-left.js');
    await home.ok(['start', script, '--name', 'web', '-i', '1', '--no-autorestart'], {
      env: { PORT: String(port), HOW: how },
    });
    const [view] = await home.untilAll('stopped');
    expect(view!.exits).toMatchObject([{ code: 0, signal: null, cause: 'exit' }]);
  });

  test('gets its stop signal first, and ends when it has closed its server', async () => {
    await home.ok(['start', app('handles/graceful.js'), '--name', 'web', '-i', '1'], {
      env: { PORT: String(port) },
    });
    expect((await get({ port })).status).toBe(200);
    await home.ok(['stop', 'web']);
    expect((await home.view(0)).exits).toMatchObject([{ code: 0, signal: null, cause: 'stop' }]);
    const said = async (): Promise<string> => (await home.ok(['logs', 'web', '--nostream', '--raw'])).stdout;
    await until('its last words are written', async () => (await said()).includes('goodbye'));
  });
});

describe('what the workers of a cluster app share', () => {
  test('port 0 is the same port in each', async () => {
    const script = home.write('any.js', 'require("node:http").createServer().listen(0)');
    await home.ok(['start', script, '-i', '3']);
    const ports = (await home.list()).map(({ listening }) => listening[0]?.port);
    expect(ports[0]).toBeGreaterThan(0);
    expect(new Set(ports).size).toBe(1);
  });

  test('a TLS session that began with one is resumed by another, and over a reload', async () => {
    await home.ok(['start', app('handles/tls.js'), '--name', 'web', '-i', '2'], {
      env: { PORT: String(port) },
    });
    let session: Buffer | undefined;
    const visit = async (): Promise<{ pid: number; resumed: boolean }> => {
      // Node's types do not know that tls.connect's `session` may stand here.
      const options = { port, rejectUnauthorized: false, agent: false as const, session };
      const sent = httpsRequest(options);
      sent.on('socket', (socket) => socket.on('session', (next: Buffer) => (session = next)));
      sent.end();
      const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer>];
      let body = '';
      for await (const chunk of response) body += chunk.toString();
      return JSON.parse(body) as { pid: number; resumed: boolean };
    };
    const before = [await visit(), await visit(), await visit()];
    expect(before.map(({ resumed }) => resumed)).toEqual([false, true, true]);
    expect(new Set(before.map(({ pid }) => pid)).size).toBe(2);
    await home.ok(['reload', 'web']);
    expect(await visit()).toMatchObject({ resumed: true });
  });
});

describe('replaced before it leaves', () => {
  const pidOf = async (path = '/'): Promise<number> => Number((await get({ port, path })).body);
  /** The first report of an end, with who serves then. */
  const untilEnded = () =>
    until('the old worker has ended', async () => {
      const view = await home.view(0);
      return view.exits.length > 0 && view.status === 'online' && view;
    });

  test('a worker that says offline finishes its requests, for drain_timeout at most', async () => {
    await start({ script: app('handles/leaving.js'), exec_mode: 'cluster', drain_timeout: '1500ms' });
    const old = await pidOf();
    const slow = pidOf('/slow');
    const never = connect(port, '127.0.0.1');
    never.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(never, 'data');
    expect(await pidOf('/offline')).toBe(old);
    // Its word and a connection that is just given to it may cross.
    await until("new connections are the next one's", async () => (await pidOf()) !== old);
    expect(await slow).toBe(old);
    const closed = once(never, 'close');
    const view = await untilEnded();
    expect(view.exits).toMatchObject([{ pid: old, signal: 'SIGINT', cause: 'offline' }]);
    expect(view.restarts).toBe(1);
    await closed;
  });

  test('uncaught: drain does that for an app that throws, logs it first and exits with 1', async () => {
    await start({ script: app('handles/leaving.js'), exec_mode: 'cluster', uncaught: 'drain' });
    const old = await pidOf();
    const slow = pidOf('/slow');
    // It has to be with the worker before that throws.
    await pidOf();
    expect(await pidOf('/throw')).toBe(old);
    expect(await slow).toBe(old);
    expect(await pidOf()).not.toBe(old);
    const { exits, restarts } = await untilEnded();
    expect(exits).toMatchObject([{ pid: old, code: 1, cause: 'offline' }]);
    expect(exits[0]!.words).toContain('uncaught exception');
    expect(exits[0]!.stderrTail.join('\n')).toContain('nobody catches this');
    expect(restarts).toBe(1);
  });

  test('the limits count it', async () => {
    await start({
      script: app('handles/leaving.js'),
      exec_mode: 'cluster',
      min_uptime: '1h',
      listen_timeout: 3000,
      max_restarts: 1,
    });
    const old = await pidOf('/offline');
    const [view] = await home.untilAll('errored');
    expect(view!.reason).toMatch(/it went offline: it said so: limit: 1 quick exit/);
    await until('it has ended', async () => (await home.view(0)).exits[0]?.pid === old);
  });
});
