import { existsSync, readFileSync } from 'node:fs';
import { app, createHome, type TestHome } from '../../rig/home';

describe('start', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
    home.write('app.js', 'require("node:http").createServer().listen(0)');
  });
  afterEach(() => home.dispose());

  const quick = { min_uptime: 100 };
  const names = async (): Promise<string[]> =>
    (await home.list()).map(({ id, name, status }) => `${id} ${name} ${status}`);

  test('- reads apps from stdin', async () => {
    const input = JSON.stringify({ apps: [{ name: 'piped', script: 'app.js', ...quick }] });
    await home.ok(['start', '-'], { input });
    expect(await names()).toEqual(['0 piped online']);
    await home.ok(['stop', '-'], { input });
    expect(await names()).toEqual(['0 piped stopped']);
    await home.ok(['delete', '-'], { input });
    expect(await names()).toEqual([]);
  });

  test('of an app that runs is refused, -f starts another, of a stopped one starts it', async () => {
    await home.ok(['start', 'app.js']);
    expect((await home.pm(['start', 'app.js'])).code).toBe(1);
    await home.ok(['start', 'app.js', '-f']);
    expect(await names()).toEqual(['0 app online', '1 app online']);
    await home.ok(['delete', '1']);
    await home.ok(['stop', 'app']);
    await home.ok(['start', 'app.js']);
    expect(await names()).toEqual(['0 app online']);
    await home.ok(['stop', '0']);
    await home.ok(['start', '0']);
    expect(await names()).toEqual(['0 app online']);
  });

  test('ecosystem.config.js is found without being named; --only takes some of it', async () => {
    home.write(
      'ecosystem.config.js',
      'module.exports = () => ({ apps: ["a", "b", "c"].map((name) => ({ name, script: "app.js", min_uptime: 100 })) })',
    );
    await home.ok(['start', '--only', 'a,c']);
    expect(await names()).toEqual(['0 a online', '1 c online']);
    const { stdout, stderr } = await home.ok(['start']);
    expect(stdout + stderr).toContain('Applications b not running, starting...');
    expect(await names()).toEqual(['0 a online', '1 c online', '2 b online']);
  });

  test.each([
    ['cjs', 'ecosystem.config.cjs', 'exports.apps = [{ name: "x", script: "app.js", min_uptime: 100 }]'],
    [
      'mjs',
      'ecosystem.config.mjs',
      'export default { apps: [{ name: "x", script: "app.js", min_uptime: 100 }] }',
    ],
    [
      'ts',
      'ecosystem.config.ts',
      'const name: string = "x"; export default async () => ({ name, script: "app.js", min_uptime: 100 as number })',
    ],
    [
      'json with comments',
      'eco.json',
      '// mine\n{"apps": {"name": "x", "script": "app.js", "min_uptime": 100,},}',
    ],
    ['yaml', 'eco.yaml', 'apps:\n  - name: x\n    script: app.js\n    min_uptime: 100\n'],
    ['yml, a bare list', 'eco.yml', '- name: x\n  script: app.js\n  min_uptime: 100\n'],
  ])('reads %s', async (_title, file, text) => {
    home.write(file, text);
    await home.ok(['start', file]);
    expect(await names()).toEqual(['0 x online']);
  });

  test('again with a changed file restarts with what changed', async () => {
    const write = (more: object): string =>
      home.write('e.json', JSON.stringify({ name: 'x', script: 'app.js', ...quick, ...more }));
    write({});
    await home.ok(['start', 'e.json']);
    const before = await home.view(0);
    write({ kill_timeout: 4321, env: { A: '1' } });
    await home.ok(['start', 'e.json']);
    const after = await home.view(0);
    expect(after.pid).not.toBe(before.pid);
    const { stdout } = await home.ok(['describe', 'x']);
    expect(stdout).toContain('4321');
    write({ instances: 2, exec_mode: 'fork' });
    await home.ok(['restart', 'e.json']);
    expect(await names()).toEqual(['0 x online', '1 x online']);
  });

  test('a bad attribute without effect yet is told in one line', async () => {
    const { stderr } = await home.ok(['start', 'app.js', '--trace', '--v8']);
    expect(stderr).toMatch(/without effect.*trace.*v8|without effect.*v8.*trace/);
  });

  test('an app that dies at once was launched, and a warning says that it does not run', async () => {
    home.write('dies.js', 'process.exit(3)');
    const { stdout, stderr } = await home.ok(['start', 'dies.js', '--restart-delay', '60000']);
    expect(stdout).toMatch(/dies#0 exited with code 3; restart in 1 min/);
    expect(stdout).toMatch(/App \[dies\] launched \(1 instances\)/);
    expect(stderr).toMatch(/\[WARN\] App \[dies\] ended before it was online; `pm why dies` says why/);
    // Again, now that it is known: it is no more online than before.
    expect((await home.ok(['restart', 'dies'])).stderr).toContain('App [dies] ended before it was online');
    home.write('job.js', 'setTimeout(() => {}, 50)');
    expect((await home.ok(['start', 'job.js', '--no-autorestart'])).stderr).toBe('');
  });

  test('autostart false adds it stopped; start then starts it', async () => {
    const { stdout } = await home.ok(['start', 'app.js', '--no-autostart']);
    expect(stdout).toContain('App [app] added, not started');
    expect(await names()).toEqual(['0 app stopped']);
    await home.ok(['start', 'app']);
    expect(await names()).toEqual(['0 app online']);
  });

  test('ids go back to 0 when the list is empty, and the pid file comes and goes', async () => {
    await home.ok(['start', 'app.js']);
    const { pidPath, pid } = await home.view(0);
    expect(readFileSync(pidPath, 'utf8')).toBe(String(pid));
    await home.ok(['delete', 'app']);
    expect(existsSync(pidPath)).toBe(false);
    await home.ok(['start', app('server.js')]);
    expect(await names()).toEqual(['0 server online']);
  });

  test('a rename by restart keeps the id', async () => {
    await home.ok(['start', 'app.js']);
    await home.ok(['restart', 'app', '--name', 'renamed']);
    expect(await names()).toEqual(['0 renamed online']);
  });
});
