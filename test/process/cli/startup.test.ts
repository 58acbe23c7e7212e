import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { isRunning } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

const has = (command: string): boolean => spawnSync('which', [command]).status === 0;
/** Says why it is skipped, where it must be. */
const testWith = (command: string): jest.It =>
  has(command) ? test : (test.skip.bind(null, `(no ${command} here)`) as unknown as jest.It);

describe('pm startup', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  const { username } = userInfo();
  const written = async (system: string, file: string, args: readonly string[] = []): Promise<string> => {
    const env = { DESTDIR: home.cwd };
    await home.ok(['startup', system, '-u', username, ...args], { env });
    return join(home.cwd, file);
  };

  testWith('systemd-analyze')('writes a unit that systemd accepts', async () => {
    const file = await written('systemd', `etc/systemd/system/pm-${username}.service`, ['--wait-ip']);
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    // Of other units of this machine it may say what it wants.
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line.includes(`pm-${username}`));
    expect({ status, complaints }).toEqual({ status: 0, complaints: [] });
    const unit = readFileSync(file, 'utf8');
    for (const line of [
      'KillMode=process',
      'OOMPolicy=continue',
      `PIDFile=${home.pidFile}`,
      `User=${username}`,
    ])
      expect(unit).toContain(`${line}\n`);
    expect(statSync(home.launcher).mode & 0o777).toBe(0o700);
  });

  test('for a HOME that is not the one of passwd it names the home of all other commands', async () => {
    const env = { DESTDIR: home.cwd, HOME: home.cwd, PM_HOME: undefined };
    await home.ok(['startup', 'systemd', '-u', username], { env });
    const unit = readFileSync(join(home.cwd, `etc/systemd/system/pm-${username}.service`), 'utf8');
    expect(unit).toContain(`PIDFile=${home.cwd}/.pm/pm.pid\n`);
  });

  test.each([
    ['openrc', `etc/init.d/pm-${username}`],
    ['upstart', `etc/init.d/pm-${username}`],
    ['systemv', `etc/init.d/pm-${username}`],
    ['freebsd', `usr/local/etc/rc.d/pm_${username}`],
    ['openbsd', `etc/rc.d/pm_${username}`],
  ])('writes a script for %s that a shell can read', async (system, name) => {
    const file = await written(system, name);
    expect(spawnSync('sh', ['-n', file], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(file).mode & 0o111).toBe(0o111);
  });

  testWith('python3')('writes a property list for launchd', async () => {
    const { homedir } = userInfo();
    const file = await written('darwin', join(homedir, `Library/LaunchAgents/pm.${username}.plist`));
    const script = 'import plistlib,sys,json; print(json.dumps(plistlib.load(open(sys.argv[1],"rb"))))';
    const { stdout } = spawnSync('python3', ['-c', script, file], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({
      ProgramArguments: [home.launcher, 'resurrect', '--boot'],
      RunAtLoad: true,
    });
  });

  test('is taken back by unstartup', async () => {
    const file = await written('systemd', `etc/systemd/system/pm-${username}.service`);
    await home.ok(['unstartup', 'systemd', '-u', username], { env: { DESTDIR: home.cwd } });
    expect(existsSync(file)).toBe(false);
  });

  test('what it starts at boot does not wait for apps, and starts what was saved', async () => {
    await written('systemd', '');
    await home.ok(['resurrect', '--boot']);
    const crashes = home.write('crashes.js', 'process.exit(1)');
    await home.ok(['start', crashes, '--name', 'broken']);
    await home.ok(['save']);
    await home.ok(['kill']);
    const { status } = spawnSync(home.launcher, ['resurrect', '--boot'], { env: { PM_HOME: home.path } });
    expect(status).toBe(0);
    expect((await home.view(0)).name).toBe('broken');
  });

  const boot = (): ReturnType<typeof spawnSync> =>
    spawnSync(home.launcher, ['resurrect', '--boot'], { env: { PM_HOME: home.path }, encoding: 'utf8' });

  const endGod = async (signal: NodeJS.Signals): Promise<void> => {
    const pid = home.godPid()!;
    process.kill(pid, signal);
    await until('God is gone', () => !isRunning(pid));
  };

  test('what the service does when God has crashed, or was updated, brings back nothing that was deleted', async () => {
    for (const name of ['kept', 'deleted']) await home.ok(['start', app('idle.js'), '--name', name]);
    await home.ok(['save']);
    await home.ok(['delete', 'deleted']);
    const before = await home.list();
    for (const end of [() => endGod('SIGKILL'), () => home.ok(['update'])]) {
      await end();
      // As systemd does with the file of a main process that has ended.
      rmSync(home.pidFile, { force: true });
      expect(boot()).toMatchObject({ status: 0, stdout: expect.stringContaining('goes on with its list') });
      expect((await home.list()).map(({ name, pid }) => ({ name, pid }))).toEqual([
        { name: 'kept', pid: before[0]!.pid },
      ]);
      await until('the pid of God is there', () => home.godPid() !== undefined);
    }
    // A start of the service is another thing.
    await endGod('SIGTERM');
    expect(boot().status).toBe(0);
    await home.untilAll('online');
    expect((await home.list()).map(({ name }) => name)).toEqual(['kept', 'deleted']);
  });

  test('what asks for any Node is started at boot also when the one that it had was upgraded away', async () => {
    const bin = join(home.cwd, 'bin');
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    for (const mode of [
      ['--name', 'fork'],
      ['--name', 'cluster', '-i', '2'],
    ])
      await home.ok(['start', app('idle.js'), '--interpreter', 'node', ...mode], { env });
    await endGod('SIGTERM');
    rmSync(bin, { recursive: true });
    expect(boot().status).toBe(0);
    await home.untilAll('online');
    expect(home.log()).toContain(`state: ${bin}/node is gone: fork runs on ${process.execPath}`);
  });

  const asRoot = process.getuid?.() === 0 && has('su') ? test : test.skip;

  asRoot('a script of an init system starts pm as the user, tells its state, and stops all', async () => {
    const file = await written('systemv', `etc/init.d/pm-${username}`);
    const script = (verb: string): unknown => spawnSync(file, [verb], { encoding: 'utf8' });
    await home.ok(['start', app('idle.js')]);
    await endGod('SIGTERM');
    expect(script('status')).toMatchObject({ status: 3, stdout: 'stopped\n' });
    expect(script('start')).toMatchObject({ status: 0 });
    await home.untilAll('online');
    const god = home.godPid()!;
    expect(script('status')).toMatchObject({ status: 0, stdout: 'running\n' });
    expect(script('reload')).toMatchObject({ status: 0 });
    expect(script('stop')).toMatchObject({ status: 0, stderr: '' });
    expect(isRunning(god)).toBe(false);
    expect(script('stop')).toMatchObject({ status: 0, stderr: '' });
  });

  asRoot(
    'root writes nothing through a link that the user has laid, and signals no pid of the user’s',
    async () => {
      const precious = home.write('precious', 'as it was');
      const user = `${home.cwd}/user`;
      mkdirSync(`${user}/.pm`, { recursive: true });
      symlinkSync(precious, `${user}/.pm/launcher`);
      writeFileSync(`${user}/.pm/pm.pid`, String(process.pid));
      for (const path of [user, `${user}/.pm`]) chownSync(path, 65534, 65534);
      chmodSync(dirname(home.cwd), 0o711);
      const env = { DESTDIR: home.cwd, PM_HOME: undefined };
      await home.ok(['startup', 'systemv', '-u', 'nobody', '--hp', user], { env });
      expect(readFileSync(precious, 'utf8')).toBe('as it was');
      expect(statSync(precious).uid).toBe(0);
      expect(statSync(`${user}/.pm/launcher`)).toMatchObject({ uid: 65534 });
      // Were it signalled, there were no test any more.
      expect(spawnSync(`${home.cwd}/etc/init.d/pm-nobody`, ['stop'])).toMatchObject({ status: 0 });
    },
  );

  test('knows users that are in no file, as on macOS', async () => {
    home.write('bin/id', `#!/bin/sh\n[ "$2" = ghost ] && echo ${process.getuid!()}\n`, 0o755);
    const env = { DESTDIR: home.cwd, PATH: `${home.cwd}/bin:${process.env['PATH'] ?? ''}` };
    await home.ok(['startup', 'systemd', '-u', 'ghost'], { env });
    const unit = readFileSync(`${home.cwd}/etc/systemd/system/pm-ghost.service`, 'utf8');
    expect(unit).toContain('User=ghost\n');
    const { code, stderr } = await home.pm(['startup', 'systemd', '-u', 'nobody-of-that-name'], { env });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('cannot be found') });
  });

  test('names what it does not know', async () => {
    const { code, stderr } = await home.pm(['startup', 'plan9']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('systemd, upstart') });
  });

  // Root is never told to use sudo.
  (process.getuid?.() === 0 && has('setpriv') ? test : test.skip)(
    'tells everybody but root the exact line to paste',
    () => {
      const root = `${home.cwd}/user`;
      mkdirSync(root, { mode: 0o777 });
      const { status, stdout } = spawnSync(
        'setpriv',
        [
          '--reuid=65534',
          '--regid=65534',
          '--clear-groups',
          process.execPath,
          'bin/pm',
          'startup',
          'systemd',
          '--hp',
          root,
        ],
        { encoding: 'utf8', env: { PATH: process.env['PATH'], USER: 'nobody' } },
      );
      expect(status).toBe(1);
      expect(stdout).toMatch(
        new RegExp(`sudo env PATH="\\$PATH:.+" '.+/bin/pm' startup systemd -u 'nobody' --hp '${root}'\n$`),
      );
    },
  );
});
