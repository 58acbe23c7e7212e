import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { lockText } from '../../../src/home';
import { processesWith } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';

describe('a cold home', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  const gods = (): number =>
    processesWith(home.path).filter(({ commandLine }) => /God|god\/main/.test(commandLine)).length;

  test('fifty commands at once start one God, and all succeed', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => home.pm(['list'])));
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    expect(home.log().match(/New PM Daemon started/g)).toHaveLength(1);
    expect(gods()).toBe(1);
  });

  test('ten starts at once start ten apps', async () => {
    const names = Array.from({ length: 10 }, (_, n) => `app-${n}`);
    await Promise.all(names.map((name) => home.ok(['start', app('server.js'), '--name', name])));
    const views = await home.list();
    expect(views.map(({ name }) => name).sort()).toEqual(names);
    expect(views.map(({ id }) => id)).toEqual(names.map((_, n) => n));
    expect(home.shims()).toHaveLength(1);
  });

  test('is closed to others: folders 0700, files and sockets 0600', async () => {
    await home.ok(['start', app('server.js')]);
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    const [shim] = home.shims();
    const view = await home.view(0);
    for (const folder of [home.path, home.shimsDir, home.logsDir, home.pidsDir])
      expect([folder, mode(folder)]).toEqual([folder, '700']);
    const files = [home.rpcSocket, home.pubSocket, home.stateFile, home.pidFile, home.logFile];
    const worker = [
      view.outLogPath,
      view.errorLogPath,
      view.pidPath,
      `${home.shimsDir}/${shim!.id}/sock`,
      `${home.shimsDir}/${shim!.id}/json`,
    ];
    for (const file of [...files, ...worker]) expect([file, mode(file)]).toEqual([file, '600']);
  });

  test('that was open to others is closed', async () => {
    mkdirSync(home.path);
    chmodSync(home.path, 0o755);
    await home.ok(['ping']);
    expect(statSync(home.path).mode & 0o777).toBe(0o700);
  });

  test('with the leftovers of a God that crashed is taken over', async () => {
    mkdirSync(home.path, { mode: 0o700 });
    writeFileSync(home.rpcSocket, '');
    writeFileSync(home.pidFile, '1');
    symlinkSync(lockText({ pid: process.pid, startTicks: 1 }, 'x'), home.lockFile);
    writeFileSync(`${home.path}/launch.lock`, '{"pro');
    expect(await home.list()).toEqual([]);
  });

  test('nobody starts a God for --version, --help or kill', async () => {
    for (const args of [['--version'], ['--help'], ['help', 'start'], ['kill']]) await home.ok(args);
    expect(processesWith(home.path)).toEqual([]);
  });
});
