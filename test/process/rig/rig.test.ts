import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isRunning } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

// A test of cleanliness that finds nothing proves something only if it finds what is there.
describe('the rig', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });

  test('is content with a home that was used and killed', async () => {
    await home.ok(['start', app('server.js')]);
    await home.dispose();
    expect(existsSync(dirname(home.path))).toBe(false);
  });

  test('finds a process that outlives pm kill, and ends it', async () => {
    const stray = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
      env: home.env,
      stdio: 'ignore',
    });
    await expect(home.dispose()).rejects.toThrow(`still running: ${stray.pid} `);
    await until('the stray is gone', () => !isRunning(stray.pid!));
    expect(existsSync(dirname(home.path))).toBe(false);
  });

  test.each([
    ['a socket', 'other.sock', '', 'left in the home: other.sock'],
    ['a lock', 'launch.lock', '', 'left in the home: launch.lock'],
    ['a warning of Node', 'pm.log', '(node:77) Warning: no\n', 'pm.log: a warning of Node: (node:77)'],
    ['a stack trace', 'pm.log', 'oh:\n    at run (/x.js:1:2)\n', 'pm.log: a stack trace: at run'],
    ['an internal error', 'pm.log', 'Internal error: x\n', 'pm.log: an internal error: Internal error: x'],
  ])('finds %s', async (_title, name, text, problem) => {
    const path = `${home.path}/${name}`;
    await home.ok(['kill']);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    await expect(home.dispose()).rejects.toThrow(problem);
  });
});
