import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { app, createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

describe('programs that are not plain Node scripts', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  /** Starts, waits for the line, restarts and stops: whatever it is, it is managed. */
  const lives = async (args: string[], line: string): Promise<void> => {
    await home.ok(['start', ...args, '--kill-timeout', '500']);
    const [view] = await home.untilAll('online');
    await until(`it prints ${line}`, () => readFileSync(view!.outLogPath, 'utf8').includes(line));
    await home.ok(['restart', '0']);
    expect((await home.view(0)).pid).not.toBe(view!.pid);
    await home.ok(['stop', '0']);
    expect((await home.view(0)).status).toBe('stopped');
  };

  const withPython = spawnSync('python3', ['--version']).status === 0 ? test : test.skip;
  withPython('Python by its extension, unbuffered', () =>
    lives([app('silent.py'), '--', 'hello'], 'python hello'),
  );

  test('a script without extension runs by its shebang', () =>
    lives([app('shebang-script'), '--', 'hi'], 'bash says hi'));

  test('a shell script by its extension', () =>
    lives([home.write('x.sh', 'echo from sh; exec sleep 1000')], 'from sh'));

  test('--interpreter none runs the file itself', () =>
    lives(
      [home.write('direct', '#!/bin/sh\necho direct; exec sleep 1000\n', 0o755), '--interpreter', 'none'],
      'direct',
    ));

  test('a command line', () => lives(['echo "two words" && exec sleep 1000'], 'two words'));

  test('a command in PATH', async () => {
    await home.ok(['start', 'sleep', '--', '1000']);
    expect((await home.untilAll('online'))[0]).toMatchObject({ name: 'sleep', mode: 'fork' });
  });

  test('an ES module, and node arguments', async () => {
    const script = home.write(
      'module.mjs',
      'import { setInterval } from "node:timers"; console.log(process.execArgv.join(" "), import.meta.url.slice(-10)); setInterval(() => {}, 1e6)',
    );
    await lives([script, '--node-args', '--max-old-space-size=99'], '--max-old-space-size=99 module.mjs');
  });

  test('a Node app in cluster mode that serves nothing', () =>
    lives([app('chatty.js'), '-i', '1'], 'out 20'));

  test('one that cannot be executed is told so', async () => {
    const file = home.write('noexec', 'not a program', 0o644);
    const { code, stdout, stderr } = await home.pm([
      'start',
      file,
      '--interpreter',
      'none',
      '--max-restarts',
      '0',
    ]);
    expect(stdout + stderr).toMatch(/EACCES|not executable|permission/i);
    expect([0, 1]).toContain(code);
  });
});
