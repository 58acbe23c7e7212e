import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

const NOBODY = 65534;
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;
const PRECIOUS = 'precious\n';

/** Says the same on both streams; stdout goes to a folder of the app's user, stderr to the home. */
const APP = `
  let count = 0;
  setInterval(() => { count++; console.log('out ' + count); console.error('err ' + count); }, 10);
`;

/** Files of root's, and a folder of the app's user, in which the test does what the app could do. */
asRoot('an app of another user exchanges what a root God and shim write', () => {
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
    mkdirSync(roots, { mode: 0o700 });
    writeFileSync(`${roots}/target`, PRECIOUS, { mode: 0o600 });
  });
  afterEach(() => home.dispose());

  const link = (target: string, path: string): void => {
    symlinkSync(target, path);
    lchownSync(path, NOBODY, NOBODY);
  };
  const start = async (more: object = {}): Promise<void> => {
    const app = {
      ...{ name: 'app', script: home.write('app.js', APP), uid: 'nobody', gid: 'nogroup', merge_logs: true },
      ...{ out_file: `${own}/logs/out.log`, pid_file: `${own}/run/app.pid` },
      ...more,
    };
    home.write('apps.json', JSON.stringify({ apps: [app] }));
    await home.ok(['start', 'apps.json']);
    await home.untilAll('online');
    await until('the log is written', () => /out \d/.test(textOf(`${own}/logs/out.log`)));
  };
  const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  /** Both logs are asked for together, so that what happens to the one shows when the other was served. */
  const untilMoreIsSaid = async (): Promise<void> => {
    const log = `${home.logsDir}/app-error.log`;
    const before = textOf(log).length;
    await until('the app says more', () => textOf(log).length > before + 200);
  };
  const isPrecious = (): void => {
    expect(readFileSync(`${roots}/target`, 'utf8')).toBe(PRECIOUS);
    expect(statSync(`${roots}/target`)).toMatchObject({ uid: 0, mode: 0o100600 });
    expect(readdirSync(roots)).toEqual(['target']);
  };

  test('its own files are its own, those in the home are root’s', async () => {
    await start();
    expect(statSync(`${own}/logs`)).toMatchObject({ uid: NOBODY, gid: NOBODY, mode: 0o40700 });
    expect(statSync(`${own}/logs/out.log`)).toMatchObject({ uid: NOBODY, gid: NOBODY, mode: 0o100600 });
    expect(statSync(`${home.logsDir}/app-error.log`)).toMatchObject({ uid: 0 });
    expect(textOf(`${own}/run/app-0.pid`)).toBe(String((await home.view(0)).pid));
    await home.ok(['stop', 'app']);
    expect(readdirSync(`${own}/run`)).toEqual([]);
  });

  test('the log for a link, the folder of the log for a link', async () => {
    await start();
    const log = `${own}/logs/out.log`;
    rmSync(log);
    link(`${roots}/target`, log);
    await home.ok(['reloadLogs']);
    await untilMoreIsSaid();
    isPrecious();
    rmSync(log);
    link(`${roots}/new`, log);
    await home.ok(['reloadLogs']);
    await untilMoreIsSaid();
    isPrecious();
    rmSync(`${own}/logs`, { recursive: true });
    link(roots, `${own}/logs`);
    await home.ok(['reloadLogs']);
    await untilMoreIsSaid();
    isPrecious();
    // And it goes on when it may.
    rmSync(`${own}/logs`);
    await until('the log is there again', () => /out \d/.test(textOf(log)));
  });

  test('rotated files for links: none is read, none is written through', async () => {
    await start({ log_max_size: '1K', log_keep: 3, log_compress: true });
    await until('something was compressed', () =>
      readdirSync(`${own}/logs`).some((name) => name.endsWith('.gz')),
    );
    const old = `${own}/logs/out__2026-01-01_00-00-00.log`;
    link(`${roots}/target`, old);
    link(`${roots}/target`, `${old}.gz.tmp`);
    link(`${roots}/other`, `${own}/logs/out__2026-01-01_00-00-01.log.gz.tmp`);
    // Beyond `log_keep`: the link goes, and not what it leads to.
    await until(
      'the oldest is gone',
      () => !readdirSync(`${own}/logs`).some((name) => name.includes('2026-01-01')),
    );
    isPrecious();
    renameSync(`${own}/logs`, `${own}/moved`);
    writeFileSync(`${roots}/out__2026-01-01_00-00-00.log`, 'kept');
    writeFileSync(`${roots}/out.log`, 'x'.repeat(5000));
    link(roots, `${own}/logs`);
    await home.ok(['reloadLogs']);
    await untilMoreIsSaid();
    expect(readdirSync(roots).sort()).toEqual(['out.log', 'out__2026-01-01_00-00-00.log', 'target']);
    expect(textOf(`${roots}/out.log`)).toBe('x'.repeat(5000));
  });

  test('the pid file for a link, its folder for a link', async () => {
    await start();
    const pidFile = `${own}/run/app-0.pid`;
    rmSync(pidFile);
    link(`${roots}/target`, pidFile);
    await home.ok(['restart', 'app']);
    await until('a pid file', async () => textOf(pidFile) === String((await home.view(0)).pid));
    isPrecious();
    rmSync(`${own}/run`, { recursive: true });
    link(roots, `${own}/run`);
    writeFileSync(`${roots}/app-0.pid`, 'of another');
    await home.ok(['restart', 'app']);
    await home.ok(['stop', 'app']);
    expect(textOf(`${roots}/app-0.pid`)).toBe('of another');
  });

  test('a log that an earlier pm left as root’s is moved aside, not written to', async () => {
    mkdirSync(`${own}/logs`);
    chownSync(`${own}/logs`, NOBODY, NOBODY);
    writeFileSync(`${own}/logs/out.log`, 'before\n', { mode: 0o600 });
    await start();
    expect(textOf(`${own}/logs/out.log`)).not.toContain('before');
    const [aside = ''] = readdirSync(`${own}/logs`).filter((name) => name !== 'out.log');
    expect(textOf(`${own}/logs/${aside}`)).toBe('before\n');
  });
});
