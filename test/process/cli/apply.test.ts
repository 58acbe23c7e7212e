import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppsPlan } from '../../../src/model/plan';
import { createHome, type TestHome } from '../../rig/home';

describe('pm apply', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
    home.write('idle.js', 'setInterval(() => {}, 1000)');
    home.write('bad.js', 'process.exit(3)');
  });
  afterEach(() => home.dispose());

  const file = (...apps: readonly object[]): void => {
    home.write('ecosystem.config.js', `module.exports = ${JSON.stringify({ apps })}`);
  };
  const web = (more: object = {}): object => ({
    ...{ name: 'web', script: 'idle.js', exec_mode: 'cluster', min_uptime: 100, listen_timeout: 100 },
    ...more,
  });
  const job = (more: object = {}): object => ({ name: 'job', script: 'idle.js', min_uptime: 100, ...more });
  const pids = async (): Promise<Record<string, number | null>> =>
    Object.fromEntries((await home.list()).map(({ name, pid }) => [name, pid]));
  const planned = async (...args: readonly string[]): Promise<readonly (readonly [string, string])[]> => {
    const { stdout } = await home.pm(['diff', '--json', ...args]);
    return (JSON.parse(stdout) as AppsPlan).changes.map(({ name, kind }) => [name, kind] as const);
  };

  test('a second time does nothing, also from a shell with other variables', async () => {
    file(web({ env: { A: '1' } }), job());
    await home.ok(['apply']);
    const before = await pids();
    expect(Object.keys(before)).toEqual(['web', 'job']);
    const { stdout } = await home.ok(['apply'], { env: { OF_THE_SHELL: 'another' } });
    expect(stdout).toContain('Nothing to do.');
    expect(await pids()).toEqual(before);
  });

  test('what is changed is reloaded or restarted, what is new is started, and the rest goes on', async () => {
    file(web({ env: { A: '1' } }), job());
    await home.ok(['apply']);
    const before = await pids();
    file(web({ env: { A: '2' } }), job(), { name: 'more', script: 'idle.js', min_uptime: 100 });
    expect(await planned()).toEqual([
      ['web', 'reload'],
      ['job', 'nothing'],
      ['more', 'add'],
    ]);
    await home.ok(['apply'], { env: { OF_THE_SHELL: 'another' } });
    const after = await pids();
    expect(after['job']).toBe(before['job']);
    expect(after['web']).not.toBe(before['web']);
    expect(after['more']).toEqual(expect.any(Number));
    const { stdout } = await home.ok(['env', '0']);
    expect(stdout).toContain('A: 2');
    expect(stdout).not.toContain('OF_THE_SHELL');

    file(web({ env: { A: '2' }, instances: 2 }), job({ max_restarts: 3 }));
    const { stdout: text, code } = await home.pm(['diff']);
    expect(code).toBe(2);
    expect(text).toContain('web: scale\n    instances: 1 → 2');
    expect(text).toContain('job: restart, because a fork app without hold_listeners cannot be reloaded');
    expect(text).toContain('max_restarts: 16 → 3');
    await home.ok(['apply']);
    expect((await home.list()).filter(({ pid }) => pid === after['web'])).toHaveLength(1);
    expect(await planned()).toEqual([
      ['web', 'nothing'],
      ['job', 'nothing'],
    ]);
  });

  test('what left the file is deleted with --prune alone, and without a terminal with --yes alone', async () => {
    file(web(), job());
    await home.ok(['apply']);
    await home.ok(['start', 'idle.js', '--name', 'stranger']);
    file(web());
    const { stderr } = await home.ok(['apply']);
    expect(stderr).toContain('job: came from this file, and no longer in it; --prune deletes it');
    const refused = await home.pm(['apply', '--prune']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('This deletes job')]);
    expect(Object.keys(await pids())).toEqual(['web', 'job', 'stranger']);
    await home.ok(['apply', '--prune', '--yes']);
    expect(Object.keys(await pids())).toEqual(['web', 'stranger']);
  });

  test('--dry-run writes nothing, says it by its exit code, and shows no secret', async () => {
    file(web());
    const first = await home.pm(['apply', '--dry-run']);
    expect([first.code, home.godPid(), existsSync(home.stateFile)]).toEqual([2, undefined, false]);
    file(web({ env: { API_KEY: 'old-one', DATABASE_URL: 'postgres://me:old-one@db/x', PORT_NAME: 'a' } }));
    await home.ok(['apply']);
    await home.ok(['save']);
    expect((await home.pm(['diff'])).code).toBe(0);
    file(web({ env: { API_KEY: 'new-one', DATABASE_URL: 'postgres://me:new-one@db/x', PORT_NAME: 'b' } }));
    const bytes = (): string[] =>
      ['state.json', 'dump.json'].map((name) => readFileSync(join(home.path, name), 'latin1'));
    const before = bytes();
    for (const args of [['diff'], ['apply', '--dry-run'], ['diff', '--json']]) {
      const { code, stdout } = await home.pm(args);
      expect(code).toBe(2);
      expect(stdout).not.toMatch(/old-one|new-one/);
      expect(stdout).toMatch(/API_KEY/);
    }
    expect((await home.pm(['diff'])).stdout).toContain('env.API_KEY: ******** → ******** (changed)');
    expect((await home.pm(['diff'])).stdout).toContain('env.PORT_NAME: a → b');
    expect(bytes()).toEqual(before);
    file(web({ next_gen_js: true }));
    expect((await home.pm(['diff'])).code).toBe(1);
  });

  test('one that fails is exit code 1, keeps its old version, and the rest of the file is applied', async () => {
    file(web(), job());
    await home.ok(['apply']);
    const before = await pids();
    file(web({ script: 'bad.js' }), job({ env: { A: '1' } }));
    const { code } = await home.pm(['apply']);
    expect(code).toBe(1);
    const after = await pids();
    expect(after['web']).toBe(before['web']);
    expect(after['job']).not.toBe(before['job']);
    expect((await home.view(1)).status).toBe('online');
    expect(await planned()).toEqual([
      ['web', 'reload'],
      ['job', 'nothing'],
    ]);
  });

  test('pm check reads strictly, and needs no God', async () => {
    file(web());
    expect((await home.ok(['check'])).stdout).toContain('1 app, all right: web');
    file(web({ max_restart: 3 }));
    const { code, stderr } = await home.pm(['check']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('here it is "max_restarts"')]);
    expect(home.godPid()).toBeUndefined();
  });
});
