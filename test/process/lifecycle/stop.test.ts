import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { identify } from '../../../src/platform';
import { isRunning } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { openPuppets, type Puppets } from '../../rig/puppets';
import { PM } from '../../rig/run';
import { until } from '../../rig/wait';

describe('stop', () => {
  let home: TestHome;
  let puppets: Puppets;
  beforeEach(async () => {
    home = createHome();
    puppets = await openPuppets(home);
  });
  afterEach(async () => {
    await home.dispose();
    await puppets.close();
  });

  test('kills an app that ignores SIGINT, after kill_timeout and not before', async () => {
    await home.ok(['start', app('ignores-sigint.js'), '--kill-timeout', '700']);
    const { pid } = await home.view(0);
    const startTick = performance.now();
    await home.ok(['stop', 'all']);
    expect(performance.now() - startTick).toBeGreaterThan(700);
    expect(await home.view(0)).toMatchObject({
      status: 'stopped',
      pid: 0,
      exits: [{ pid, signal: 'SIGKILL', cause: 'stop' }],
    });
    expect((await home.ok(['logs', '--nostream', '--raw', 'ignores-sigint'])).stdout).toContain('not now');
  });

  test('ends grandchildren too, those that ignore SIGINT and those in a group of their own', async () => {
    await home.ok(['start', puppets.script, '--kill-timeout', '300'], { env: puppets.env });
    const puppet = await puppets.next();
    const children = [await puppet.tell('spawn', 'child'), await puppet.tell('spawn', 'detached')];
    expect(children.every(isRunning)).toBe(true);
    await home.ok(['stop', 'puppet']);
    expect([puppet.pid, ...children].filter(isRunning)).toEqual([]);
    expect(await home.view(0)).toMatchObject({ status: 'stopped', pid: 0 });
  });

  const LATE = `process.on('SIGINT', () => {
      const child = 'process.on("SIGINT", () => {}); setInterval(() => {}, 1e6)';
      const { pid } = require('node:child_process').spawn(process.execPath, ['-e', child], { stdio: 'ignore' });
      require('node:fs').writeFileSync('late.pid', String(pid));
      process.exit(0);
    });
    setInterval(() => {}, 1e6);`;
  test('ends a grandchild that is born at the signal', async () => {
    await home.ok(['start', home.write('late.js', LATE), '--kill-timeout', '300']);
    await home.ok(['stop', 'late']);
    expect(isRunning(Number(readFileSync(`${home.cwd}/late.pid`, 'utf8')))).toBe(false);
  });
  test('also where orphans are given to another than init, as under systemd --user', async () => {
    const script = home.write('late.js', LATE);
    const subreaper = home.write(
      'subreaper.py',
      `import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)
print(subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL), flush=True)
try:
    while True: os.wait()
except ChildProcessError: pass`,
    );
    const start = [process.execPath, PM, 'start', script, '-i', '1', '--kill-timeout', '300'];
    const options = { env: home.env, cwd: home.cwd };
    const child = spawn('python3', [subreaper, ...start], options);
    home.remember(identify(child.pid!)!);
    const ended = once(child, 'exit');
    expect(String((await once(child.stdout, 'data'))[0])).toBe('0\n');
    await home.ok(['stop', 'late']);
    expect(isRunning(Number(readFileSync(`${home.cwd}/late.pid`, 'utf8')))).toBe(false);
    await home.ok(['kill']);
    await ended;
  });

  test.each([
    ['fork', []],
    ['cluster', ['-i', '1']],
  ])(
    'a worker that dies leaves nobody beside its successor (%s), also under another God',
    async (_mode, options) => {
      await home.ok(['start', puppets.script, '--kill-timeout', '300', ...options], { env: puppets.env });
      let puppet = await puppets.next();
      for (const killsGod of [false, true]) {
        const children = [await puppet.tell('spawn', 'child'), await puppet.tell('spawn', 'detached')];
        if (killsGod) process.kill(home.godPid()!, 'SIGKILL');
        process.kill(puppet.pid, 'SIGKILL');
        puppet = await puppets.next();
        expect(children.filter(isRunning)).toEqual([]);
      }
    },
  );

  test('what a launcher has started goes on after its end with code 0, and `why` names it', async () => {
    await home.ok(['start', puppets.script, '--no-autorestart'], { env: puppets.env });
    const puppet = await puppets.next();
    const child = await puppet.tell('spawn', 'detached');
    await puppet.tell('exit', 0);
    await home.untilAll('stopped');
    expect(isRunning(child)).toBe(true);
    expect((await home.view(0)).exits[0]!.decision).toContain(`what it started goes on: pid ${child}`);
    process.kill(child, 'SIGKILL');
    await until('the child is gone', () => !isRunning(child));
  });

  test('--no-treekill leaves grandchildren alone', async () => {
    await home.ok(['start', puppets.script, '--no-treekill', '--kill-timeout', '300'], { env: puppets.env });
    const puppet = await puppets.next();
    const child = await puppet.tell('spawn', 'detached');
    await home.ok(['stop', 'puppet']);
    expect([puppet.pid, child].filter(isRunning)).toEqual([child]);
    process.kill(child, 'SIGKILL');
    await until('the child is gone', () => !isRunning(child));
  });

  test('of a worker whose event loop hangs ends it after kill_timeout', async () => {
    await home.ok(['start', puppets.script, '-i', '1', '--kill-timeout', '300'], { env: puppets.env });
    const puppet = await puppets.next();
    void puppet.tell('block', 60_000).catch(() => undefined);
    await home.ok(['delete', 'puppet']);
    expect(isRunning(puppet.pid)).toBe(false);
    expect(await home.list()).toEqual([]);
  });

  test('lets an app end by itself that handles the signal', async () => {
    const script = home.write(
      'polite.js',
      'process.on("SIGINT", () => setTimeout(() => { console.log("tidied up"); process.exit(0); }, 200)); setInterval(() => {}, 1e6)',
    );
    await home.ok(['start', script]);
    await home.ok(['stop', 'polite']);
    expect(await home.view(0)).toMatchObject({
      status: 'stopped',
      exits: [{ code: 0, signal: null, cause: 'stop' }],
    });
    expect((await home.ok(['logs', 'polite', '--nostream', '--raw'])).stdout).toContain('tidied up');
  });

  test('shutdown_with_message sends a message and no signal', async () => {
    const script = home.write(
      'listener.js',
      'process.on("message", (m) => { console.log("got " + m); process.exit(0); }); process.on("SIGINT", () => console.log("got SIGINT"))',
    );
    await home.ok(['start', script, '--shutdown-with-message']);
    await home.ok(['stop', 'listener']);
    const { stdout } = await home.ok(['logs', 'listener', '--nostream', '--raw']);
    expect(stdout).toContain('got shutdown');
    expect(stdout).not.toContain('SIGINT');
  });
});
