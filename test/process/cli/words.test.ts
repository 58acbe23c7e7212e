import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, createHome, type TestHome } from '../../rig/home';

/** What stands on real command lines, and what it must mean (one home: every case leaves it as it was). */
describe('a script as it is called from here', () => {
  let home: TestHome;
  beforeAll(async () => {
    home = createHome();
    mkdirSync(join(home.cwd, 'sub'));
    for (const path of ['app.js', 'sub/app.js']) copyFileSync(app('server.js'), join(home.cwd, path));
    await home.ok(['start', 'app.js', '--name', 'one']);
    await home.ok(['start', 'app.js', '--name', 'two', '--namespace', 'jobs']);
    await home.ok(['start', 'sub/app.js', '--name', 'three']);
  });
  afterAll(() => home.dispose());

  test.each([
    ['restart'],
    ['reload'],
    ['reset'],
    ['sendSignal'],
    ['monitor'],
    ['unmonitor'],
    ['flush'],
    ['scale'],
  ])('pm %s sub/app.js', async (verb) => {
    const words = { sendSignal: ['SIGCONT', 'sub/app.js'], scale: ['sub/app.js', '2'] }[verb];
    await home.ok([verb, ...(words ?? ['./sub/app.js'])]);
    if (verb === 'scale') await home.ok(['scale', 'app.js', '1'], { cwd: join(home.cwd, 'sub') });
  });

  test.each([['id'], ['pid'], ['env'], ['why'], ['describe'], ['logs']])('pm %s sub/app.js', async (verb) => {
    const more = verb === 'logs' ? ['--nostream'] : [];
    const { stdout, stderr } = await home.ok([verb, 'sub/app.js', ...more]);
    // `logs` of an app that says nothing shows nothing of it; what it does not find it complains of.
    expect(stderr).toBe('');
    if (verb === 'logs') return;
    const three = (await home.list()).find(({ name }) => name === 'three');
    const words: Readonly<Record<string, string>> = {
      id: `[ ${three?.id ?? ''} ]\n`,
      pid: `${three?.pid ?? ''}\n`,
    };
    expect(stdout).toContain(words[verb] ?? 'three');
    const { stdout: other } = await home.ok([verb, 'app.js', ...more], { cwd: join(home.cwd, 'sub') });
    expect(other).toContain(words[verb] ?? 'three');
  });

  test('stop and start again mean every app of the script, and no other', async () => {
    const stopped = async (): Promise<string[]> =>
      (await home.list()).filter(({ status }) => status === 'stopped').map(({ name }) => name);
    await home.ok(['stop', './app.js']);
    expect(await stopped()).toEqual(['one', 'two']);
    await home.ok(['restart', 'app.js']);
    expect(await stopped()).toEqual([]);
    await home.ok(['stop', '../app.js'], { cwd: join(home.cwd, 'sub') });
    expect(await stopped()).toEqual(['one', 'two']);
    await home.ok(['restart', 'app.js']);
  });

  test('what narrows a command narrows it, or nothing is done', async () => {
    const count = async (): Promise<number> => (await home.list()).filter(({ pid }) => pid > 0).length;
    for (const words of [
      ['delete', 'all', '--namespace', 'nosuch'],
      ['stop', 'all', '--namespace=nosuch'],
      ['stop', 'all', '--only', 'nosuch'],
      ['delete', '/./', '--name', 'nosuch'],
      ['stop', 'all', '--env', 'staging'],
      ['delete', 'all', '--uid', '12345'],
      ['restart', 'all', '--name', 'web'],
      ['kill', '--namespace', 'jobs'],
      ['kill', 'one'],
    ]) {
      expect({ words, code: (await home.pm(words)).code }).toEqual({ words, code: 1 });
      expect(await count()).toBe(3);
    }
    await home.ok(['stop', 'all', '--namespace', 'jobs']);
    expect((await home.list()).filter(({ pid }) => pid === 0).map(({ name }) => name)).toEqual(['two']);
    await home.ok(['restart', 'all', '--namespace', 'jobs', '--only', 'two']);
    expect((await home.list()).map(({ namespace }) => namespace)).toEqual(['default', 'jobs', 'default']);
    for (const verb of ['list', 'jlist', 'id', 'why', 'describe']) {
      const words = [...(verb.endsWith('list') ? [] : ['all']), '--namespace', 'jobs'];
      const { stdout } = await home.ok([verb, ...words]);
      expect(stdout).toMatch(/two|\[ 1 \]/);
      expect(stdout).not.toMatch(/three/);
    }
  });

  test('list takes selectors', async () => {
    for (const verb of ['list', 'ls', 'status']) {
      const { stdout } = await home.ok([verb, 'sub/app.js', 'two']);
      expect(stdout).toMatch(/two/);
      expect(stdout).toMatch(/three/);
      expect(stdout).not.toMatch(/ one /);
    }
    expect(await home.ok(['status', 'nosuch'])).toMatchObject({
      stderr: expect.stringContaining('No process matches nosuch') as string,
    });
  });

  test('a pattern that would take for ever is refused; God answers', async () => {
    await home.ok(['start', 'app.js', '--name', `${'a'.repeat(40)}!`]);
    const { code, stderr } = await home.pm(['stop', '/(a+)+$/']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('takes longer than 100 ms') as string,
    });
    await home.ok(['delete', `${'a'.repeat(40)}!`]);
  });

  test('a signal for an app without a process is no success', async () => {
    await home.ok(['stop', 'one']);
    const { code, stderr } = await home.pm(['sendSignal', 'SIGUSR2', 'one']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('has no process') as string,
    });
    await home.ok(['restart', 'one']);
  });

  test('a selector needs no folder', async () => {
    const gone = join(home.cwd, 'gone');
    mkdirSync(gone);
    const words = [process.execPath, join(__dirname, '../../../bin/pm')];
    const line = `cd ${gone} && rmdir ${gone} && '${words[0]}' '${words[1]}' restart one`;
    const { spawnSync } = await import('node:child_process');
    const { status, stderr } = spawnSync('sh', ['-c', line], { env: home.env, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
