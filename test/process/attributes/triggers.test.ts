import { appendFileSync, mkdirSync } from 'node:fs';
import { app, createHome, type TestHome } from '../../rig/home';
import { freePort, get } from '../../rig/http';
import { failed, NONE_FAILED, startLoad } from '../../rig/load';
import { until } from '../../rig/wait';

/** What renews an app without a command: memory, clock, files. One home; every test has apps of its own name. */
describe('triggers', () => {
  let home: TestHome;
  beforeAll(() => {
    home = createHome();
  });
  afterAll(() => home.dispose());

  const file = (name: string, attributes: object): string =>
    home.write(`${name}.json`, JSON.stringify({ apps: [{ name, min_uptime: 100, ...attributes }] }));
  const one = async (name: string) => (await home.list()).filter((view) => view.name === name);

  describe('max_memory_restart', () => {
    const leak = `
      const http = require('node:http');
      let kept;
      http.createServer((_, res) => { kept = Buffer.alloc(120e6, 1); res.end(String(process.pid)); }).listen(0, () => {});
      if (process.env.PORT) http.createServer((_, res) => { kept = Buffer.alloc(120e6, 1); res.end(String(process.pid)); }).listen(process.env.PORT);
    `;

    test('fork: the main process', async () => {
      home.write(
        'leak.js',
        `setTimeout(() => { global.kept = Buffer.alloc(150e6, 1) }, 300); setInterval(() => {}, 1e6)`,
      );
      await home.ok(['start', file('leaking', { script: 'leak.js', max_memory_restart: '120M' })]);
      const [view] = await until('a restart', async () => {
        const views = await one('leaking');
        return (views[0]?.restarts ?? 0) > 0 && views;
      });
      expect(view!.exits[0]).toMatchObject({ cause: 'memory limit' });
      expect(view!.exits[0]!.decision).toMatch(/memory limit: \d+\.\d MB of 120\.0 MB/);
      await home.ok(['delete', 'leaking']);
    });

    test('fork: what its children use counts', async () => {
      const child = `setInterval(() => {}, 1e6); globalThis.kept = Buffer.alloc(150e6, 1)`;
      home.write(
        'parent.js',
        `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}]); setInterval(() => {}, 1e6)`,
      );
      await home.ok(['start', file('parent', { script: 'parent.js', max_memory_restart: '180M' })]);
      await until('a restart', async () => (await one('parent'))[0]?.exits[0]?.cause === 'memory limit');
      await home.ok(['delete', 'parent']);
    });

    test('cluster: replaced without a gap', async () => {
      home.write('leak-http.js', leak);
      const port = 20_000 + (process.pid % 10_000);
      await home.ok([
        'start',
        file('fat', {
          script: 'leak-http.js',
          instances: 1,
          env: { PORT: port },
          max_memory_restart: '150M',
        }),
      ]);
      const before = await get({ port });
      let failures = 0;
      await until('another pid answers', async () => {
        // Each answer leaks again, so the new one is asked only once.
        const [view] = await one('fat');
        if ((view?.restarts ?? 0) === 0) return false;
        return true;
      });
      const after = await get({ port }).catch(() => {
        failures++;
        return before;
      });
      expect(after.body).not.toBe(before.body);
      expect(failures).toBe(0);
      const [view] = await one('fat');
      expect(view!.exits[0]).toMatchObject({ cause: 'memory limit' });
      await home.ok(['delete', 'fat']);
    });
  });

  describe('cron_restart', () => {
    test('restarts by the clock; a stopped app stays stopped; 0 switches it off', async () => {
      const every = '* * * * * *';
      await home.ok(['start', app('server.js'), '--name', 'ticking', '--cron-restart', every]);
      await home.ok(['start', app('server.js'), '--name', 'halted', '-i', '1', '--cron-restart', every]);
      await home.ok(['stop', 'halted']);
      const halted = (await one('halted'))[0]!;
      const [view] = await until('two restarts', async () => {
        const views = await one('ticking');
        return (views[0]?.restarts ?? 0) >= 2 && views;
      });
      expect(view!.exits.at(-1)).toMatchObject({ cause: 'cron' });
      expect((await one('halted'))[0]).toMatchObject({ status: 'stopped', restarts: halted.restarts });
      expect((await home.ok(['describe', 'ticking'])).stdout).toMatch(/cron restart.*\* \* \* \* \* \*/);
      await home.ok(['restart', 'ticking', '--cron-restart', '0']);
      expect((await home.ok(['describe', 'ticking'])).stdout).not.toMatch(/cron restart/);
      await home.ok(['delete', 'ticking', 'halted']);
    });

    test('a job that has ended is started again; cluster too', async () => {
      home.write('job.js', `require('node:fs').appendFileSync('ran', process.env.name + '\\n')`);
      const job = { script: 'job.js', cwd: home.cwd, autorestart: false, cron_restart: '* * * * * *' };
      home.write(
        'jobs.json',
        JSON.stringify({
          apps: [
            { ...job, name: 'job' },
            { ...job, name: 'cjob', instances: 1 },
          ],
        }),
      );
      await home.ok(['start', 'jobs.json']);
      const { readFileSync } = await import('node:fs');
      await until('each ran three times', () => {
        const text = readFileSync(`${home.cwd}/ran`, 'utf8');
        return text.match(/^job$/gm)!.length >= 3 && text.match(/^cjob$/gm)!.length >= 3;
      });
      await home.ok(['delete', 'job', 'cjob']);
    });

    test('cluster: each is replaced, and nobody notices', async () => {
      const port = await freePort();
      const args = ['--name', 'clock', '-i', '2', '--cron-restart', '* * * * * *'];
      await home.ok(['start', app('http-app.js'), ...args], { env: { PORT: String(port) } });
      const load = startLoad(home, port, 2);
      const views = await until('both have been renewed', async () => {
        const now = await one('clock');
        return now.every(({ exits }) => exits.length > 0) && now;
      });
      expect(failed(await load.stop())).toEqual(NONE_FAILED);
      for (const { exits } of views) expect(exits[0]).toMatchObject({ cause: 'cron' });
      // The successor first, as in a reload.
      expect(home.log()).toMatch(/clock#\d online → replacing/);
      await home.ok(['delete', 'clock']);
    });

    test.each([
      [['--cron-restart', '99 * * * *'], /Cron pattern error: 99/],
      [
        ['--cron-restart', '0 3 * * *', '--cron-timezone', 'Mars/North'],
        /Cron pattern error: 0 3 .* in Mars\/North/,
      ],
      [['--cron-restart', 'sometimes'], /cron/],
    ])('%j is refused', async (options, words) => {
      const { code, stderr } = await home.pm(['start', app('idle.js'), '--name', 'never', ...options]);
      expect(stderr).toMatch(words);
      expect(code).toBe(1);
      expect(await one('never')).toEqual([]);
    });
  });

  describe('watch', () => {
    const touch = (path: string): void => appendFileSync(`${home.cwd}/${path}`, '// changed\n');
    const restarts = async (name: string): Promise<number> => (await one(name))[0]!.restarts;
    /** Nothing tells when chokidar has read the folder, so a file is touched until somebody notices. */
    const untilNoticed = async (name: string, path: string): Promise<number> => {
      const before = await restarts(name);
      await until(`${name} is restarted for ${path}`, async () => {
        if ((await restarts(name)) > before) return true;
        touch(path);
        return false;
      });
      return untilQuiet(name);
    };
    const untilQuiet = async (name: string): Promise<number> => {
      let last = -1;
      await until('no more restarts', async () => {
        const now = await restarts(name);
        // The burst of what was touched last is over after 100 ms.
        await new Promise((resolve) => setTimeout(resolve, 400));
        const isQuiet = now === last && (await one(name))[0]!.status === 'online';
        last = now;
        return isQuiet;
      });
      return last;
    };

    test.each([
      ['fork', {}],
      ['cluster', { instances: 1 }],
    ])('%s: one restart per burst, none for what is ignored, none while stopped', async (mode, more) => {
      const name = `watched-${mode}`;
      const folder = `watch-${mode}`;
      mkdirSync(`${home.cwd}/${folder}/node_modules`, { recursive: true });
      mkdirSync(`${home.cwd}/${folder}/tmp`);
      for (const path of ['app.js', 'lib.js', 'tmp/x.js', 'node_modules/m.js', 'notes.md'])
        home.write(
          `${folder}/${path}`,
          path === 'app.js' ? `require('node:http').createServer().listen(0)` : '',
        );
      const attributes = {
        script: 'app.js',
        cwd: `${home.cwd}/${folder}`,
        watch: true,
        ignore_watch: ['tmp'],
        ...more,
      };
      await home.ok(['start', file(name, attributes)]);
      expect((await home.ok(['list'])).stdout).toMatch(/enabled/);
      const first = await untilNoticed(name, `${folder}/lib.js`);
      for (const path of ['tmp/x.js', 'node_modules/m.js']) touch(`${folder}/${path}`);
      expect(await untilQuiet(name)).toBe(first);
      for (let n = 0; n < 20; n++) touch(`${folder}/lib.js`);
      touch(`${folder}/notes.md`);
      await until('the burst is noticed', async () => (await restarts(name)) > first);
      expect(await untilQuiet(name)).toBe(first + 1);
      expect((await one(name))[0]!.exits.at(-1)).toMatchObject({ cause: 'watch' });
      await home.ok(['stop', name]);
      touch(`${folder}/lib.js`);
      // Proves a negative: twice the time that a change takes to be noticed.
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect((await one(name))[0]).toMatchObject({ status: 'stopped' });
      // stop keeps the attribute: started again it is watched again.
      await home.ok(['restart', name]);
      await untilNoticed(name, `${folder}/lib.js`);
      await home.ok(['delete', name]);
    });

    test('watch_delay, ext, watch_options and paths', async () => {
      const cwd = `${home.cwd}/delayed`;
      mkdirSync(`${cwd}/src`, { recursive: true });
      home.write('delayed/app.js', `require('node:http').createServer().listen(0)`);
      for (const path of ['src/a.txt', 'src/a.js', 'other.js']) home.write(`delayed/${path}`, '');
      const attributes = {
        script: 'app.js',
        cwd,
        watch: ['src'],
        ext: 'js',
        watch_delay: 600,
        watch_options: { usePolling: true, interval: 50 },
      };
      await home.ok(['start', file('delayed', attributes)]);
      await until('a restart', async () => {
        if ((await restarts('delayed')) > 0) return true;
        touch('delayed/src/a.js');
        await new Promise((resolve) => setTimeout(resolve, 800));
        return false;
      });
      const now = await untilQuiet('delayed');
      touch('delayed/src/a.txt');
      touch('delayed/other.js');
      const beganMs = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 900));
      expect(await restarts('delayed')).toBe(now);
      touch('delayed/src/a.js');
      await until('a late restart', async () => (await restarts('delayed')) > now);
      expect(Date.now() - beganMs).toBeGreaterThan(1400);
      await home.ok(['delete', 'delayed']);
    });
  });
});
