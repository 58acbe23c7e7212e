import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { app, createHome, type TestHome } from '../rig/home';
import { freePort, get } from '../rig/http';
import { failed, NONE_FAILED, startLoad, type Load } from '../rig/load';
import { openPuppets, type Puppets } from '../rig/puppets';
import { PM } from '../rig/run';

const version = (name: string): string => readFileSync(app(`deploys/${name}.js`), 'utf8');

describe('a bad version', () => {
  let home: TestHome;
  let load: Load;
  let before: readonly { readonly id: number; readonly pid: number; readonly status: string }[];

  const running = async (): Promise<typeof before> =>
    (await home.list()).map(({ id, pid, status }) => ({ id, pid, status }));

  // One app under one load, to which one bad version after the other is deployed.
  beforeAll(async () => {
    home = createHome();
    const port = await freePort();
    const script = home.write('app.js', version('good'));
    await home.ok(['start', script, '--name', 'web', '-i', '2'], { env: { PORT: String(port) } });
    before = await running();
    load = startLoad(home, port, 1);
  });
  afterAll(() => home.dispose());

  test.each([
    { name: 'throws', options: [], why: /exited with code 1/, stderr: 'Error: out of order' },
    { name: 'exits-later', options: [], why: /exited with code 3/, stderr: 'the database went away' },
    {
      name: 'never-listens',
      options: ['--listen-timeout', '400'],
      why: /not listening on :\d+ as the one before within [\d.]+ m?s \(.*listen_timeout/,
      stderr: 'waiting for a configuration',
    },
    {
      name: 'listens-elsewhere',
      options: ['--listen-timeout', '400'],
      why: /not listening on :\d+ as the one before within/,
      stderr: '',
    },
    {
      name: 'never-ready',
      options: ['--wait-ready', '--listen-timeout', '400'],
      why: /no ready message \(wait_ready\) within [\d.]+ m?s \(.*listen_timeout/,
      stderr: '',
    },
    {
      name: 'out-of-memory',
      options: ['--node-args=--max-old-space-size=20', '--listen-timeout', '20000'],
      why: /was ended by SIGABRT|heap limit/,
      stderr: 'JavaScript heap out of memory',
    },
  ])(
    'that $name is not deployed: the old one serves every request',
    async ({ name, options, why, stderr }) => {
      home.write('app.js', version(name));
      const result = await home.pm(['reload', 'web', ...options]);
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/Reload failed at web#0/);
      expect(result.stderr).toMatch(why);
      expect(result.stderr).toContain(stderr);
      expect(await running()).toEqual(before);
      const { lastRolloutError } = await home.view(0);
      expect(lastRolloutError).toMatch(/^web#0: /);
      expect(lastRolloutError).toMatch(why);
      expect((await home.ok(['describe', 'web'])).stdout).toMatch(/last reload failed +│ web#0: /);
    },
  );

  test('is followed by a good one as if nothing had been', async () => {
    home.write('app.js', version('good'));
    await home.ok(['reload', 'web']);
    await load.answered(1);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
    const after = await home.list();
    expect(after.map(({ lastRolloutError }) => lastRolloutError)).toEqual([null, null]);
    expect(after.map(({ restarts }) => restarts)).toEqual([1, 1]);
    for (const { pid } of before) expect(after.map((view) => view.pid)).not.toContain(pid);
  });
});

describe('while a reload is under way', () => {
  let home: TestHome;
  let puppets: Puppets;
  let port: number;
  beforeEach(async () => {
    home = createHome();
    port = await freePort();
    puppets = await openPuppets(home);
  });
  afterEach(async () => {
    await home.dispose();
    await puppets.close();
  });

  /** An app that listens when it is told to. */
  const start = async (instances: number): Promise<void> => {
    const started = home.ok(
      ['start', puppets.script, '--name', 'web', '-i', String(instances), '--listen-timeout', '20s'],
      { env: puppets.env },
    );
    for (let n = 0; n < instances; n++) await (await puppets.next()).tell('listen', port);
    await started;
  };

  test('a second one of the same app is refused by name, and one of another app is not held up', async () => {
    const other = await freePort();
    await start(1);
    await home.ok(['start', app('deploys/good.js'), '--name', 'api', '-i', '2'], {
      env: { PORT: String(other) },
    });
    const first = home.pm(['reload', 'web']);
    const candidate = await puppets.next();
    const second = await home.pm(['reload', 'web']);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/Reload already in progress for web/);
    await home.ok(['reload', 'api']);
    expect((await get({ port: other })).status).toBe(200);
    await candidate.tell('listen', port);
    expect((await first).code).toBe(0);
    expect((await get({ port })).body).toBe(String(candidate.pid));
  });

  test('Ctrl-C ends the command, not the reload: every instance is renewed, and the next command finds it so', async () => {
    await start(2);
    const before = (await home.list()).map(({ pid }) => pid);
    const cli = spawn(process.execPath, [PM, 'reload', 'web'], {
      cwd: home.cwd,
      env: home.env,
      stdio: 'ignore',
    });
    const first = await puppets.next();
    cli.kill('SIGINT');
    const [code, signal] = (await once(cli, 'exit')) as [number | null, string | null];
    expect({ code, signal }).toEqual({ code: 130, signal: null });
    expect((await get({ port })).status).toBe(200);
    await first.tell('listen', port);
    await (await puppets.next()).tell('listen', port);
    const after = await home.untilAll('online');
    expect(after.map(({ restarts }) => restarts)).toEqual([1, 1]);
    for (const { pid } of after) expect(before).not.toContain(pid);

    const next = home.pm(['restart', 'web']);
    for (let n = 0; n < 2; n++) await (await puppets.next()).tell('listen', port);
    expect((await next).code).toBe(0);
  });
});
