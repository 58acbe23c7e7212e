import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { app, createHome, type TestHome } from '../../rig/home';
import { PM } from '../../rig/run';

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
    const { status, stderr } = spawnSync('sh', ['-c', line], { env: home.env, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('what is started', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  const script = (name: string, text: string): string => home.write(name, `#!/bin/sh\n${text}\n`, 0o755);
  const records = async (): Promise<
    {
      name: string;
      pm2_env: {
        pm_exec_path: string;
        args?: string[];
        env: Record<string, string>;
        [fact: string]: unknown;
      };
    }[]
  > => JSON.parse((await home.ok(['jlist'])).stdout) as never;

  test("`serve` is a program: the project's own, one in PATH, and never pm's static server", async () => {
    const refused = await home.pm(['start', 'serve', '--name', 'web', '--', '-s', 'build', '-l', '3000']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('`pm serve') as string });
    const own = script('node_modules/.bin/serve', 'exec sleep 1000');
    await home.ok(['start', 'serve', '--name', 'web', '--', '-s', 'build', '-l', '3000']);
    const inPath = script('bin/serve', 'exec sleep 1000');
    const env = { PATH: `${home.cwd}/bin:${process.env['PATH'] ?? ''}` };
    await home.ok(['start', 'serve', '--name', 'other'], { env });
    script('node_modules/.bin/vite-like', 'exec sleep 1000');
    mkdirSync(`${home.cwd}/sub`);
    await home.ok(['start', 'vite-like', '--', 'dev'], { cwd: `${home.cwd}/sub` });
    const started = await records();
    expect(started.map(({ name, pm2_env: { pm_exec_path, args } }) => [name, pm_exec_path, args])).toEqual([
      ['web', own, ['-s', 'build', '-l', '3000']],
      ['other', inPath, undefined],
      ['vite-like', `${home.cwd}/node_modules/.bin/vite-like`, ['dev']],
    ]);
  });

  test('other arguments go behind a command line, and do not replace it', async () => {
    home.write('job.js', 'setInterval(() => undefined, 1e6)');
    await home.ok(['start', `${process.execPath} job.js --old 1`, '--name', 'job']);
    const lineOf = async (): Promise<string[]> => {
      const { pid } = await home.view(0);
      const { stdout } = spawnSync('ps', ['-o', 'args=', '--ppid', String(pid), '-p', String(pid)], {
        encoding: 'utf8',
      });
      return stdout.split('\n').filter((line) => line.includes('job.js'));
    };
    for (const verb of ['restart', 'reload', 'start']) {
      await home.ok([verb, 'job', '--', '--new', `${verb} it`]);
      expect((await lineOf()).join()).toContain(`job.js --old 1`);
      expect((await records())[0]?.pm2_env.args?.slice(-2)).toEqual(['--new', `${verb} it`]);
    }
    await home.ok(['restart', 'job', '--', '--only-this']);
    expect((await records())[0]?.pm2_env.args?.slice(-1)).toEqual(['--only-this']);
    expect((await lineOf()).join()).not.toContain('--new');
  });

  test('--name without a script beside a file of several apps starts them by their own names', async () => {
    home.write('a.js', 'setInterval(() => undefined, 1e6)');
    home.write('ecosystem.config.yaml', 'apps:\n  - {name: a, script: a.js}\n  - {name: b, script: a.js}\n');
    const { stderr } = await home.ok(['start', '--name', 'x']);
    expect(stderr).toContain('--name is for one app');
    expect((await home.list()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('a crowd of instances must be meant', async () => {
    home.write('a.js', 'setInterval(() => undefined, 1e6)');
    await home.ok(['start', 'a.js']);
    for (const words of [
      ['scale', 'a', '100000'],
      ['scale', 'a', '+100000'],
      ['scale', 'a', '1000000000', '--force'],
      ['start', 'a.js', '--name', 'b', '-i', '100000'],
      ['restart', 'a', '-i', '100000'],
    ]) {
      const { code, stderr } = await home.pm(words);
      expect({ words, code, stderr }).toEqual({
        words,
        code: 1,
        stderr: expect.stringMatching(/instances of .* are more than \d+/) as string,
      });
    }
    expect(await home.list()).toHaveLength(1);
  });

  test('an app that is started within an app gets none of the facts of the outer one', async () => {
    home.write('inner.js', 'setInterval(() => undefined, 1e6)');
    home.write(
      'outer.js',
      `require('child_process').execFileSync(process.execPath, [${JSON.stringify(PM)}, 'start', 'inner.js', '--namespace', 'in'], { stdio: 'ignore' });
       setInterval(() => undefined, 1e6)`,
    );
    await home.ok(['start', 'outer.js'], { env: { MINE: 'goes on' } });
    await home.untilAll('online', 'inner');
    const inner = (await records()).find(({ name }) => name === 'inner');
    const { env = {} } = inner?.pm2_env ?? {};
    expect(env['MINE']).toBe('goes on');
    const { unique_id: _own, ...rest } = env;
    const ours = [
      'name',
      'namespace',
      'pm_id',
      'status',
      'PM_WORKER',
      'pm_uptime',
      'NODE_APP_INSTANCE',
      'version',
      'pm_cwd',
      'restart_time',
    ];
    expect(ours.filter((name) => name in rest)).toEqual([]);
  });

  test('a link to a release stays a link: what a reload starts is where it leads then', async () => {
    for (const release of ['r1', 'r2']) {
      home.write(`${release}/app.js`, 'setInterval(() => undefined, 1e6)');
      home.write(`${release}/package.json`, '{ "main": "app.js" }');
      home.write(
        `${release}/ecosystem.config.js`,
        "module.exports = { apps: [{ name: 'by-file', script: 'app.js', cwd: __dirname }] };",
      );
    }
    const current = join(home.cwd, 'current');
    symlinkSync('r1', current);
    const inCurrent = (line: string): void => {
      const text = `cd '${current}' && '${process.execPath}' '${PM}' ${line}`;
      const { status, stderr } = spawnSync('sh', ['-c', text], { env: home.env, encoding: 'utf8' });
      expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' });
    };
    inCurrent('start app.js --name by-script');
    inCurrent('start . --name by-folder');
    inCurrent('start ecosystem.config.js');
    await home.ok(['start', 'current/app.js', '--name', 'by-path']);
    const paths = async (): Promise<unknown[]> =>
      (await records()).flatMap(({ pm2_env }) => [pm2_env.pm_exec_path, pm2_env['pm_cwd']]);
    expect(await paths()).toEqual([
      ...[1, 2, 3].flatMap(() => [`${current}/app.js`, current]),
      `${current}/app.js`,
      home.cwd,
    ]);
    symlinkSync('r2', `${current}2`);
    renameSync(`${current}2`, current);
    inCurrent('reload app.js');
    expect(await paths()).toContain(`${current}/app.js`);
  });

  test.each(['--watch=false', '--watch=null', '--watch=no', '--no-watch'])(
    '%s does not watch',
    async (option) => {
      home.write('a.js', 'setInterval(() => undefined, 1e6)');
      await home.ok(['start', 'a.js', option, '--ignore-watch=null']);
      const [record] = await records();
      expect(record?.pm2_env['watch']).toBe(false);
      expect(record?.pm2_env['ignore_watch'] ?? []).toEqual([]);
    },
  );

  test('a promise that never settles is an error, and not the end of pm', async () => {
    for (const text of [
      'module.exports = new Promise(() => {})',
      'module.exports = () => new Promise(() => {})',
      'module.exports = async () => { await new Promise(() => {}) }',
    ]) {
      home.write('ecosystem.config.js', text);
      expect(await home.pm(['start'])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('never settles') as string,
      });
    }
  });

  test('what stdout cannot take is told, and is no bug', () => {
    for (const line of ['list', 'jlist', '--help']) {
      const { status, stderr } = spawnSync('sh', ['-c', `'${process.execPath}' '${PM}' ${line} >/dev/full`], {
        env: home.env,
        encoding: 'utf8',
      });
      expect({ line, status, stderr }).toEqual({
        line,
        status: 1,
        stderr: expect.stringMatching(/Cannot write to standard output: .*ENOSPC/) as string,
      });
    }
  });

  test('a hint can be pasted', async () => {
    home.write('my app.js', '');
    expect((await home.pm(['my app.js'])).stderr).toContain("`pm start 'my app.js'`");
    expect((await home.pm(['start', 'my ap.js'])).stderr).not.toContain('`pm start my app.js`');
  });

  test.each(['logs quiet', 'logs', 'list --watch'])(
    'pm %s ends when its reader is gone, also in silence',
    async (line) => {
      home.write('quiet.js', 'setInterval(() => undefined, 1e6)');
      await home.ok(['start', 'quiet.js']);
      // The shell waits for both: `true` reads nothing, and is gone at once.
      const { status, signal } = spawnSync('sh', ['-c', `'${process.execPath}' '${PM}' ${line} | true`], {
        env: home.env,
        timeout: 30_000,
      });
      expect({ status, signal }).toEqual({ status: 0, signal: null });
    },
  );
});
