import { readFileSync, writeFileSync } from 'node:fs';
import { isAlive } from '../../src/platform';
import { isRunning } from '../rig/census';
import { awake } from '../rig/flows';
import { godsOf, killGod } from '../rig/gods';
import { app, createHome, type TestHome } from '../rig/home';
import { freePort } from '../rig/http';
import { violations, workersOf } from '../rig/invariants';
import { until } from '../rig/wait';

/* What a reading of God has found: a step, a death, and a successor with the wrong picture. Each as it was. */

let home: TestHome;
afterEach(() => home.dispose());

describe('God dies when a command is on disk, and nothing of it is done', () => {
  test.each([
    ['delete', []],
    ['stop', ['stopped']],
  ])('%s goes before the reload that was under way', async (verb, left) => {
    home = createHome({ failpoints: `god:commit.saved@end=1*crash` });
    await home.ok(['start', app('ready-app.js'), '-i', '2', '--wait-ready'], {
      env: { READY_AFTER_MS: '1500' },
    });
    const reload = home.pm(['reload', 'ready-app']);
    await until('the reload is under way', () => /online → replacing/.test(home.log()));
    awake(home, 'end');
    const { code, stderr } = await home.pm([verb, 'all']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((await home.list()).map(({ status }) => status)).toEqual(left.flatMap((one) => [one, one]));
    expect(await reload).toMatchObject({ code: 1, stderr: expect.stringContaining('overtaken') });
    expect(workersOf(home)).toEqual([]);
  });
});

describe('a shim', () => {
  test('that dies when it is told to go is not waited for by the next start', async () => {
    home = createHome({ failpoints: 'shim:quit@end=1*crash' });
    await home.ok(['start', app('http-app.js'), '-i', '1'], { env: { PORT: String(await freePort()) } });
    awake(home, 'end');
    await home.ok(['stop', 'http-app']);
    await until('its shim has died', () => !home.shims().some(({ process }) => isAlive(process)));
    await home.ok(['start', 'http-app']);
    await home.untilAll('online');
  });

  test.each([
    ['http-app.js', ['-i', '1']],
    ['server.js', []],
  ])('of %s goes, though the God that was to send it away has died', async (script, more) => {
    home = createHome({ failpoints: 'god:events.saved@end=1*crash' });
    await home.ok(['start', app(script), ...more], { env: { PORT: String(await freePort()) } });
    const { process: shim } = home.shims()[0]!;
    awake(home, 'end');
    await home.ok(['delete', 'all']);
    await home.list();
    await until('the shim has gone', () => !isAlive(shim));
  });
});

test('God is told to end before he has met his apps: they end all the same', async () => {
  home = createHome({ failpoints: 'god:loaded@birth=1*delay(700)' });
  await home.ok(['start', app('server.js')]);
  const { pid } = await home.view(0);
  awake(home, 'birth');
  const births = home.log().split('New PM Daemon').length;
  const old = await killGod(home);
  await until('the next God', () => home.log().split('New PM Daemon').length > births);
  const [god] = godsOf(home).filter((one) => one.pid !== old.pid);
  process.kill(god!.pid, 'SIGTERM');
  await until('God has ended', () => !isAlive(god!));
  expect(isRunning(pid)).toBe(false);
  expect(home.shims()).toEqual([]);
});

test('God is replaced while he starts many apps: none of them fails', async () => {
  home = createHome({ failpoints: '' });
  const apps = Array.from({ length: 12 }, (_, n) => ({
    name: `app-${n}`,
    script: app('ready-app.js'),
    exec_mode: 'cluster',
    wait_ready: true,
    env: { READY_AFTER_MS: '1' },
  }));
  const starting = home.pm(['start', home.write('many.json', JSON.stringify({ apps }))]);
  await until('some are there', () => (home.log().match(/→ online/g) ?? []).length >= 2);
  await home.ok(['update']);
  const { code, stderr } = await starting;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const views = await home.untilAll('online');
  expect(views.map(({ exits }) => exits)).toEqual(apps.map(() => []));
});

test('an app whose entry in state.json cannot be read runs on, and the file is kept', async () => {
  home = createHome({ failpoints: '' });
  await home.ok(['start', app('server.js'), '--name', 'good']);
  await home.ok(['start', app('server.js'), '--name', 'bad']);
  const before = await home.list();
  await home.ok(['update']);
  const damaged = readFileSync(home.stateFile, 'utf8').replace(
    /("name":"bad".*?)"namespace":"default"/,
    '$1"namespace":7',
  );
  const god = godsOf(home)[0]!;
  process.kill(god.pid, 'SIGSTOP');
  writeFileSync(home.stateFile, damaged);
  await killGod(home);
  const after = await home.untilAll('online');
  expect(after.map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
  expect(readFileSync(`${home.stateFile}.unreadable`, 'utf8')).toBe(damaged);
  expect(violations(home, after)).toEqual([]);
});

test('God dies while he ends what a lost shim has left: the next one ends it before another takes its place', async () => {
  home = createHome({ failpoints: '' });
  const stubborn = home.write(
    'stubborn.js',
    `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000); console.log('ready')`,
  );
  await home.ok(['start', stubborn, '--kill-timeout', '3000']);
  const { pid } = await home.view(0);
  const [shim] = home.shims();
  process.kill(shim!.process.pid, 'SIGKILL');
  await until('God knows', () => /shim fork is lost/.test(home.log()));
  await killGod(home);
  const [view] = await home.untilAll('online');
  expect(isRunning(pid)).toBe(false);
  expect(view!.exits).toMatchObject([{ pid, cause: 'shim lost' }]);
  expect(violations(home, [view!])).toEqual([]);
});
