import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { app, createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

const PM = resolve(__dirname, '../../../bin/pm');

describe('what pm prints', () => {
  let home: TestHome;
  beforeAll(async () => {
    home = createHome();
    await home.ok(['start', app('chatty.js'), '--name', 'talk'], { env: { SECRET: 'hunter2' } });
    await home.ok(['start', app('server.js'), '--name', 'quiet', '-i', '2', '-x']);
  });
  afterAll(() => home.dispose());

  const shell = (
    line: string,
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    new Promise((done) => {
      const child = spawn(
        'bash',
        ['-o', 'pipefail', '-c', line.replaceAll('pm ', `${process.execPath} ${PM} `)],
        {
          cwd: home.cwd,
          env: { ...home.env, ...env },
        },
      );
      const text = { stdout: '', stderr: '' };
      child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
      child.on('close', (code) => done({ code, ...text }));
    });

  test.each([
    'pm list | head -1',
    'pm jlist | head -c 10',
    'pm describe all | head -1',
    'pm --help | head -1',
    'pm prettylist | true',
  ])('%s does not crash', async (line) => {
    const { stderr, code } = await shell(line);
    expect(stderr).toBe('');
    expect([0, 1, 141]).toContain(code);
  });

  test.each(['pm list >&-', 'pm list >&- 2>&-', 'pm list > /dev/null', 'pm list </dev/null 2>&-'])(
    '%s works',
    async (line) => {
      expect(await shell(line)).toMatchObject({ code: 0, stderr: '' });
    },
  );

  test('a full disk is told, and fails', async () => {
    const { code, stderr } = await shell('pm list > /dev/full');
    expect(code).toBe(1);
    expect(stderr).toContain('ENOSPC');
  });

  // A pipe takes 64 KB at once. Whoever shares it may have made it non-blocking, as Node does with its own stdout.
  test.each([
    ['a slow reader', 'pm jlist | (read -r -N 1 first; printf %s "$first"; cat)'],
    [
      'a pipe that does not block',
      `${process.execPath} -e "process.stdout; require('child_process').spawnSync(process.execPath, [process.argv[1], 'jlist'], { stdio: 'inherit' })" "${PM}" | cat`,
    ],
  ])('%s gets all of a long answer', async (_, line) => {
    await home.ok(['start', app('server.js'), '--name', 'long'], { env: { LONG: 'x'.repeat(100_000) } });
    await home.ok(['scale', 'long', '3']);
    try {
      const { code, stdout, stderr } = await shell(line);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.length).toBeGreaterThan(300_000);
      expect(JSON.parse(stdout)).toHaveLength(6);
    } finally {
      await home.ok(['delete', 'long']);
    }
  });

  test('pm logs | head -3 ends at the next line, without a word', async () => {
    const ended = shell('pm logs talk --lines 50 | head -3');
    let isOver = false;
    void ended.then(() => (isOver = true));
    // Nobody can tell that a reader has gone but by writing to him; so the app is made to talk.
    await until('the end', async () => {
      await home.ok(['restart', 'talk']);
      return isOver;
    });
    const { stdout, stderr } = await ended;
    expect(stdout.split('\n')).toHaveLength(4);
    expect(stderr).toBe('');
  });

  test('colours only where they are wanted', async () => {
    const escape = '\u001b[';
    expect((await shell('pm list')).stdout).not.toContain(escape);
    expect((await shell('pm list', { FORCE_COLOR: '1' })).stdout).toContain(escape);
    expect((await shell('pm list', { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(escape);
    expect((await shell('pm list --no-color', { FORCE_COLOR: '1' })).stdout).not.toContain(escape);
  });

  test('-s mutes words and the table, not data and errors', async () => {
    expect(await home.pm(['-s', 'restart', 'talk'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await home.pm(['list', '-s'])).stdout).toBe('');
    expect((await home.pm(['id', 'talk', '-s'])).stdout).toBe('[ 0 ]\n');
    expect((await home.pm(['stop', 'nosuch', '-s'])).stderr).toContain('nosuch not found');
  });

  test('--sort and -m', async () => {
    const ids = (text: string): string[] => [...text.matchAll(/^│ (\d+) /gm)].map(([, id]) => id!);
    expect(ids((await home.ok(['list'])).stdout)).toEqual(['1', '2', '0']);
    expect(ids((await home.ok(['list', '--sort', 'id:desc'])).stdout)).toEqual(['2', '1', '0']);
    const { stdout } = await home.ok(['list', '-m']);
    expect(stdout.match(/^\+--- /gm)).toHaveLength(3);
  });

  test('jlist is PM2, list --json is ours, both are JSON', async () => {
    const records = JSON.parse((await home.ok(['jlist'])).stdout) as Record<string, unknown>[];
    expect(Object.keys(records[0]!)).toEqual(['pid', 'name', 'pm2_env', 'pm_id', 'monit']);
    expect(records.map(({ pm_id }) => pm_id)).toEqual([0, 1, 2]);
    expect(records[0]!['pm2_env']).toMatchObject({
      status: 'online',
      exec_mode: 'fork_mode',
      name: 'talk',
      pm_exec_path: app('chatty.js'),
    });
    expect((await home.ok(['prettylist'])).stdout).toContain("name: 'talk'");
    const views = await home.list();
    expect(views.map(({ name }) => name)).toEqual(['talk', 'quiet', 'quiet']);
  });

  test('our own record and pm.log carry no variable of the app', async () => {
    const { stdout } = await home.ok(['list', '--json']);
    expect(stdout + home.log() + (await home.ok(['describe', 'talk'])).stdout).not.toContain('hunter2');
  });

  describe('logs', () => {
    test('--nostream shows the last lines of both streams and ends', async () => {
      await until('it has talked', async () =>
        (await home.ok(['logs', 'talk', '--nostream'])).stdout.includes('err 20'),
      );
      const { stdout } = await home.ok(['logs', 'talk', '--nostream', '--lines', '3']);
      for (const line of ['out 18', 'out 20', 'err 18', 'err 20']) expect(stdout).toContain(line);
      expect(stdout).not.toContain('out 17');
      expect(stdout).toMatch(/0\|talk +\| out 20/);
    });

    test('--out and --err choose, --raw prints bare lines', async () => {
      expect((await home.ok(['logs', 'talk', '--nostream', '--out', '--raw', '--lines', '2'])).stdout).toBe(
        'out 19\nout 20\n',
      );
      expect((await home.ok(['logs', '0', '--nostream', '--err', '--raw', '--lines', '1'])).stdout).toBe(
        'err 20\n',
      );
    });

    test('follow shows what comes, of a restarted worker too', async () => {
      const child = spawn(process.execPath, [PM, 'logs', 'talk', '--raw', '--lines', '0'], {
        env: home.env,
        cwd: home.cwd,
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      try {
        // Nothing says that it follows now; so the app is made to talk until something comes.
        await until('lines came', async () => {
          await home.ok(['restart', 'talk']);
          return text.includes('out 20');
        });
        await until('both streams', () => text.includes('err 20'));
      } finally {
        child.kill('SIGINT');
      }
      const code = await new Promise((ended) => child.once('close', ended));
      expect(code).toBe(0);
    });

    test('flush empties the files', async () => {
      await home.ok(['flush', 'talk']);
      expect((await home.ok(['logs', 'talk', '--nostream', '--raw'])).stdout).toBe('');
    });
  });
});
