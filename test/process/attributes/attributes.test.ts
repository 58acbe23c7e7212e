import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isRunning } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

interface Birth {
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly execPath: string;
  readonly version: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}
type Fact = Birth | { readonly signal: string } | { readonly message: unknown };

const MODES = [
  ['fork', { exec_mode: 'fork' }],
  ['cluster', { exec_mode: 'cluster' }],
] as const;
const asRoot = process.getuid?.() === 0 ? test : test.skip;

/** Each attribute, seen from outside: by the app itself (test/fixtures/apps/witness.js), or in the file system. */
describe('attributes', () => {
  let home: TestHome;
  beforeAll(() => {
    home = createHome();
  });
  afterAll(() => home.dispose());
  // One name for all, so that nothing of a test is left for the next.
  afterEach(() => home.pm(['delete', 'all']));

  let count = 0;
  const newName = (): string => `w${++count}`;
  const file = (name: string, attributes: object): string =>
    home.write(
      `${name}.json`,
      JSON.stringify({ apps: [{ name, script: app('witness.js'), cwd: home.cwd, ...attributes }] }),
    );
  const seen = (name: string): Fact[] =>
    existsSync(`${home.cwd}/${name}.seen`)
      ? readFileSync(`${home.cwd}/${name}.seen`, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Fact)
      : [];
  const births = (name: string): Birth[] => seen(name).filter((fact) => 'pid' in fact);
  const signals = (name: string): string[] =>
    seen(name).flatMap((fact) => ('signal' in fact ? [fact.signal] : []));
  const start = async (
    attributes: object,
    words: string[] = [],
    env: Record<string, string> = {},
  ): Promise<{ name: string; born: Birth }> => {
    const name = newName();
    await home.ok(['start', file(name, attributes), ...words], { env });
    return { name, born: births(name)[0]! };
  };

  describe.each(MODES)('in %s mode', (mode, how) => {
    test('increment_var counts up from what env says, per instance', async () => {
      const { name } = await start({
        ...how,
        instances: 3,
        increment_var: 'TCP_PORT',
        env: { TCP_PORT: 4100 },
      });
      expect(
        births(name)
          .map(({ env }) => env['TCP_PORT'])
          .sort(),
      ).toEqual(['4100', '4101', '4102']);
      await home.ok(['scale', name, '4']);
      expect(births(name).at(-1)!.env['TCP_PORT']).toBe('4103');
    });

    test('increment_var without a start begins at 0; instance_var', async () => {
      const { name } = await start({ ...how, instances: 2, increment_var: 'N', instance_var: 'SLOT' });
      expect(
        births(name)
          .map(({ env }) => `${env['N']} ${env['SLOT']}`)
          .sort(),
      ).toEqual(['0 0', '1 1']);
    });

    test('env_file: later files win, env and the caller win over both', async () => {
      home.write('base.env', 'A=base\nB=base\nC=base\nQUOTED="two words"\n');
      home.write('more.env', '# comment\nB=more\n');
      const { born } = await start({ ...how, env_file: ['base.env', 'more.env'], env: { C: 'env' } }, [], {
        A: 'caller',
      });
      expect(born.env).toMatchObject({ A: 'caller', B: 'more', C: 'env', QUOTED: 'two words' });
    });

    test('filter_env takes exactly these away, true all of the caller', async () => {
      const env = { KEY: '1', MONKEY: '2' };
      const { born } = await start({ ...how, filter_env: ['KEY'] }, [], env);
      expect(born.env).toMatchObject({ MONKEY: '2' });
      expect(born.env).not.toHaveProperty('KEY');
      const none = await start({ ...how, filter_env: true, env: { OWN: '3' } }, [], env);
      expect(none.born.env).toMatchObject({ OWN: '3' });
      expect(Object.keys(none.born.env)).not.toContain('MONKEY');
    });

    test.each([
      [{}, {}, 'SIGINT'],
      [{ kill_signal: 'SIGTERM' }, {}, 'SIGTERM'],
      [{ kill_signal: 'SIGUSR2' }, {}, 'SIGUSR2'],
    ])('kill_signal %j is what a stop sends', async (attributes, env, signal) => {
      const { name } = await start({ ...how, ...attributes }, [], env);
      await home.ok(['stop', name]);
      expect(signals(name)).toEqual([signal]);
      expect((await home.list())[0]!.exits.at(-1)).toMatchObject({ cause: 'stop', code: 0 });
    });

    test('kill_timeout: SIGKILL after it', async () => {
      const { name } = await start({ ...how, kill_timeout: 300, drain_timeout: 100, env: { STUBBORN: '1' } });
      const beganMs = Date.now();
      await home.ok(['stop', name]);
      expect(signals(name)).toEqual(['SIGINT']);
      expect(Date.now() - beganMs).toBeGreaterThanOrEqual(300);
      expect((await home.list())[0]!.exits.at(-1)).toMatchObject({ signal: 'SIGKILL' });
    });

    test('shutdown_with_message', async () => {
      const { name } = await start({ ...how, shutdown_with_message: true });
      await home.ok(['stop', name]);
      // A cluster worker is told before that it drains.
      const told = seen(name).filter((entry) => JSON.stringify(entry) !== '{"message":"drain"}');
      expect(told.slice(1)).toEqual([{ message: 'shutdown' }]);
    });

    test('pid_file carries the id, and goes with the process', async () => {
      const { name, born } = await start({ ...how, pid_file: `run/${mode}.pid` });
      const { id, pidPath } = (await home.list())[0]!;
      expect(pidPath).toBe(`${home.cwd}/run/${mode}-${id}.pid`);
      expect(readFileSync(pidPath, 'utf8')).toBe(String(born.pid));
      await home.ok(['stop', name]);
      expect(existsSync(pidPath)).toBe(false);
    });

    test('a TypeScript app runs on what Node or the project has, and is refused with a hint without', async () => {
      const text = `const port: number = 0; require('node:fs').writeFileSync(process.env.name + '.ran', 'yes'); require('node:http').createServer().listen(port)`;
      home.write(`typed-${mode}/app.ts`, text);
      home.write(
        `typed-${mode}/tsconfig.json`,
        '{"compilerOptions":{"module":"commonjs","types":[],"ignoreDeprecations":"6.0"},"ts-node":{"transpileOnly":true}}',
      );
      const attributes = { ...how, cwd: `${home.cwd}/typed-${mode}`, script: 'app.ts' };
      if ((process.features as { typescript?: unknown }).typescript === undefined) {
        const { code, stderr } = await home.pm(['start', file('untyped', attributes)]);
        expect(stderr).toMatch(/neither tsx nor ts-node[^]*npm i tsx/);
        expect(code).toBe(1);
        symlinkSync(resolve('node_modules'), `${home.cwd}/typed-${mode}/node_modules`);
      }
      const name = newName();
      await home.ok(['start', file(name, attributes)]);
      await until('it has run', () => existsSync(`${home.cwd}/typed-${mode}/${name}.ran`));
    });

    test('node_args, args as text, and execArgv without traces of pm', async () => {
      const { born } = await start({
        ...how,
        node_args: '--max-old-space-size=123 --no-deprecation',
        args: `one "two three"`,
      });
      expect(born.execArgv).toEqual(['--max-old-space-size=123', '--no-deprecation']);
      expect(born.args).toEqual(['one', 'two three']);
    });

    test('node@version is found in the folder of a version manager', async () => {
      const version = process.version;
      const folder = `${home.cwd}/nvm/versions/node/${version}/bin`;
      if (!existsSync(folder)) {
        mkdirSync(folder, { recursive: true });
        symlinkSync(process.execPath, `${folder}/node`);
      }
      const env = { NVM_DIR: `${home.cwd}/nvm` };
      const { born } = await start(
        { ...how, interpreter: `node@${process.versions.node.split('.')[0]}` },
        [],
        env,
      );
      expect(born.version).toBe(version);
      const { code, stderr } = await home.pm(['start', file('no', { ...how, interpreter: 'node@4.2' })], {
        env,
      });
      expect(stderr).toMatch(/Node 4\.2 is not installed; looked in .*nvm/);
      expect(code).toBe(1);
    });

    asRoot('uid brings the user, its home and all of its groups', async () => {
      // Whoever of /etc/group is in several: there is `nobody` at least.
      const user = usersWithGroups()[0] ?? 'nobody';
      const id = (flag: string): number[] =>
        spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout.trim().split(' ').map(Number);
      chmodSync(dirname(home.path), 0o777);
      chmodSync(home.cwd, 0o777);
      const { born } = await start({ ...how, uid: user });
      expect(born).toMatchObject({ uid: id('-u')[0], gid: id('-g')[0] });
      expect(new Set(born.groups)).toEqual(new Set(id('-G')));
      expect((await home.list())[0]!.user).toBe(user);
      await home.ok(['restart', 'all']);
    });

    test('source_map_support: stacks name the source, unless switched off', async () => {
      const map = { version: 3, sources: ['real-source.ts'], names: [], mappings: 'AAAA' };
      const base64 = Buffer.from(JSON.stringify(map)).toString('base64');
      home.write(
        'mapped.js',
        `require('node:fs').writeFileSync(process.env.name + '.stack', new Error('x').stack); require('node:http').createServer().listen(0)\n//# sourceMappingURL=data:application/json;base64,${base64}\n`,
      );
      const stackOf = async (attributes: object): Promise<string> => {
        const { name } = await start({ ...how, script: 'mapped.js', ...attributes });
        return readFileSync(`${home.cwd}/${name}.stack`, 'utf8');
      };
      expect(await stackOf({})).toContain('real-source.ts');
      expect(await stackOf({ disable_source_map_support: true })).not.toContain('real-source.ts');
    });

    test('a grandchild with a session of its own is ended too, even after its parent', async () => {
      const orphan = `setInterval(() => {}, 1e6)`;
      const middle = `const c = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(orphan)}], { detached: true, stdio: 'ignore' }); c.unref(); require('node:fs').writeFileSync('orphan.pid', String(c.pid)); process.exit(0)`;
      home.write(
        'family.js',
        `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(middle)}], { detached: true }); require('node:http').createServer().listen(0)`,
      );
      const { name } = await start({ ...how, script: 'family.js', kill_timeout: 400 });
      const pid = await until('the grandchild', () => {
        const text = existsSync(`${home.cwd}/orphan.pid`)
          ? readFileSync(`${home.cwd}/orphan.pid`, 'utf8')
          : '';
        return text !== '' && isRunning(Number(text)) && Number(text);
      });
      await home.ok(['stop', name]);
      expect(isRunning(pid)).toBe(false);
      readFileSync(`${home.cwd}/orphan.pid`);
    });
  });

  test('kill_retry_time: how often it is looked whether the tree is gone', async () => {
    const child = `process.on('SIGINT', () => setTimeout(process.exit, 50)); setInterval(() => {}, 1e6)`;
    home.write(
      'slow-tree.js',
      `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}]).once('spawn', () => setTimeout(() => require('node:http').createServer().listen(0), 300))`,
    );
    const { name } = await start({ script: 'slow-tree.js', kill_retry_time: 900 });
    const beganMs = Date.now();
    await home.ok(['stop', name]);
    expect(Date.now() - beganMs).toBeGreaterThanOrEqual(900);
  });

  test('--dotenv is the option of env_file', async () => {
    home.write('cli.env', 'FROM_FILE=yes\n');
    const { born } = await start({}, ['--dotenv', 'cli.env']);
    expect(born.env).toMatchObject({ FROM_FILE: 'yes' });
  });

  test('append_env_to_name', async () => {
    const name = newName();
    const path = file(name, { append_env_to_name: true, env: { A: '1' }, env_staging: { A: '2' } });
    await home.ok(['start', path, '--env', 'staging']);
    expect((await home.list()).map((view) => view.name)).toEqual([`${name}-staging`]);
    expect(births(`${name}-staging`)[0]!.env['A']).toBe('2');
    await home.ok(['stop', path, '--env', 'staging']);
    expect((await home.list())[0]!.status).toBe('stopped');
  });

  test('vizion: what git knows is in describe, read by the CLI', async () => {
    const git = (...args: string[]): void => {
      const { status, stderr } = spawnSync(
        'git',
        ['-C', home.cwd, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args],
        { encoding: 'utf8', env: { ...home.env, GIT_CONFIG_GLOBAL: '/dev/null' } },
      );
      if (status !== 0) throw new Error(stderr);
    };
    git('init', '-q', '-b', 'trunk');
    home.write('tracked.txt', 'x');
    git('add', 'tracked.txt');
    git('commit', '-q', '-m', 'the first one');
    const { name } = await start({});
    const { stdout } = await home.ok(['describe', name]);
    expect(stdout).toMatch(/branch.*trunk/);
    expect(stdout).toMatch(/comment.*the first one/);
    const off = await start({ vizion: false });
    expect((await home.ok(['describe', off.name])).stdout).not.toContain('trunk');
  });

  describe("variables that steer pm, in our spelling and in PM2's", () => {
    test.each([
      ['PM_KILL_TIMEOUT', { PM_KILL_TIMEOUT: '777', PM2_KILL_TIMEOUT: '1' }, /kill_timeout.*777/],
      ['PM2_KILL_TIMEOUT', { PM2_KILL_TIMEOUT: '778' }, /kill_timeout.*778/],
      ['PM2_GRACEFUL_LISTEN_TIMEOUT', { PM2_GRACEFUL_LISTEN_TIMEOUT: '4321' }, /listen_timeout.*4321/],
      ['PM2_PROCESS_INSTANCE_VAR', { PM2_PROCESS_INSTANCE_VAR: 'WHICH' }, /instance_var.*WHICH/],
      ['PM2_KILL_USE_MESSAGE', { PM2_KILL_USE_MESSAGE: '1' }, /shutdown_with_message.*true/],
      ['PM2_NODE_OPTIONS', { PM2_NODE_OPTIONS: '--no-deprecation' }, /interpreter args.*--no-deprecation/],
    ])('%s', async (_name, env, words) => {
      const { name } = await start({}, [], env);
      expect((await home.ok(['describe', name])).stdout).toMatch(words);
    });

    test('PM_SILENT, PM2_SILENT; PM2_HOME means nothing', async () => {
      expect((await home.ok(['list'], { env: { PM2_SILENT: 'true' } })).stdout).toBe('');
      await home.ok(['list'], { env: { PM2_HOME: `${home.cwd}/pm2` } });
      expect(existsSync(`${home.cwd}/pm2`)).toBe(false);
    });
  });
});

/** Users of this machine that are members of more than their own group. */
function usersWithGroups(): string[] {
  const rows = (path: string): string[][] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  const members = new Set(rows('/etc/group').flatMap((row) => (row[3] ?? '').split(',')));
  return rows('/etc/passwd').flatMap(([name = '', , uid]) =>
    members.has(name) && uid !== '0' ? [name] : [],
  );
}
