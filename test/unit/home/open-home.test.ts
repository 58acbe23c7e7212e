import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { openHome, resolveHome } from '../../../src/home';

describe('the home', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/pmh-');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const mode = (path: string): number => lstatSync(path).mode & 0o777;

  test.each([
    [{ PM_HOME: '/x/y' }, '/x/y'],
    [{ HOME: '/home/ada' }, '/home/ada/.pm'],
    [{ PM_HOME: '', HOME: '/home/ada' }, '/home/ada/.pm'],
    [{ PM2_HOME: '/x/pm2', HOME: '/home/ada' }, '/home/ada/.pm'],
    [{ PM_HOME: 'rel' }, `${process.cwd()}/rel`],
    // cron and `env -i`: never the folder that one happens to be in, nor the root.
    [{}, `${userInfo().homedir}/.pm`],
    [{ HOME: '' }, `${userInfo().homedir}/.pm`],
    [{ HOME: '.' }, `${userInfo().homedir}/.pm`],
  ])('of %j is %s', (env, path) => {
    expect(resolveHome(env).path).toBe(path);
  });

  test('is made, closed to others, with its folders', () => {
    const home = openHome({ PM_HOME: `${dir}/a/b` });
    for (const path of [home.path, home.shimsDir, home.logsDir, home.pidsDir]) expect(mode(path)).toBe(0o700);
    openHome({ PM_HOME: `${dir}/a/b` });
  });

  test('that is open to others is closed', () => {
    mkdirSync(`${dir}/open`);
    chmodSync(`${dir}/open`, 0o755);
    openHome({ PM_HOME: `${dir}/open` });
    expect(mode(`${dir}/open`)).toBe(0o700);
  });

  test.each([
    ['a file', () => writeFileSync(`${dir}/h`, ''), 'HOME_UNUSABLE'],
    [
      'a link, even to a folder of ours',
      () => (mkdirSync(`${dir}/real`), symlinkSync(`${dir}/real`, `${dir}/h`)),
      'HOME_UNUSABLE',
    ],
    ['a dangling link', () => symlinkSync('/no/such', `${dir}/h`), 'HOME_UNUSABLE'],
    ['below a file', () => writeFileSync(`${dir}/h`, ''), 'HOME_UNUSABLE', '/h/below'],
  ])('that is %s is refused', (_title, make, code, at = '/h') => {
    make();
    expect(() => openHome({ PM_HOME: dir + at })).toThrow(expect.objectContaining({ code }));
  });

  test('below /proc is refused, and at once', () => {
    expect(() => openHome({ PM_HOME: '/proc/pm/home' })).toThrow(
      expect.objectContaining({ name: 'PmError' }),
    );
  });

  test('with a path too long for a socket is refused before anything is made', () => {
    const path = `${dir}/${'x'.repeat(100)}`;
    expect(() => openHome({ PM_HOME: path })).toThrow(
      expect.objectContaining({ code: 'SOCKET_PATH_TOO_LONG' }),
    );
    expect(() => lstatSync(path)).toThrow('ENOENT');
  });

  const asRoot = process.getuid?.() === 0 ? test : test.skip;
  asRoot('of another user is refused, and left as it is', () => {
    mkdirSync(`${dir}/theirs`);
    chmodSync(`${dir}/theirs`, 0o755);
    chownSync(`${dir}/theirs`, 65534, 65534);
    expect(() => openHome({ PM_HOME: `${dir}/theirs` })).toThrow(/belongs to user 65534/);
    expect(mode(`${dir}/theirs`)).toBe(0o755);
  });
});
