import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createHome, type TestHome } from '../../rig/home';
import { openPuppets, type Puppet, type Puppets } from '../../rig/puppets';
import { until } from '../../rig/wait';

describe('what an app prints', () => {
  let home: TestHome;
  let puppets: Puppets;
  beforeEach(async () => {
    home = createHome();
    puppets = await openPuppets(home);
  });
  afterEach(async () => {
    await home.dispose();
    await puppets.close();
  });

  const start = async (...options: string[]): Promise<Puppet> => {
    await home.ok(['start', puppets.script, '-n', 'p', ...options], { env: puppets.env });
    return puppets.next();
  };
  const read = (name: string): string => readFileSync(join(home.logsDir, name), 'utf8');
  const written = (name: string, text: string | RegExp): Promise<boolean> =>
    until(`${name} holds ${String(text)}`, () =>
      typeof text === 'string' ? read(name) === text : text.test(read(name)),
    );

  test('is written byte for byte, letters cut in half and no UTF-8 included', async () => {
    const puppet = await start();
    await puppet.tell('print', 'é\r\n\u001b[31mred\u001b[0m no end');
    await puppet.tell('complain', 'oh\n');
    await written('p-out.log', 'é\r\n\u001b[31mred\u001b[0m no end');
    await written('p-error.log', 'oh\n');
  });

  test.each([
    ['--time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d: one\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d: two\n$/],
    ['--log-date-format=YYYY/MM/DD [x]', /^\d{4}\/\d\d\/\d\d x: one\n\d{4}\/\d\d\/\d\d x: two\n$/],
  ])('gets a stamp before each line with %s', async (option, shape) => {
    const puppet = await start(option);
    await puppet.tell('print', 'one\ntw');
    await puppet.tell('print', 'o\n');
    await written('p-out.log', shape);
  });

  test('becomes one record a line with log_type json, and both streams stand in log_file', async () => {
    const puppet = await start('--log-type', 'json', '--log');
    await puppet.tell('print', 'one "1"\ntw');
    await puppet.tell('print', 'o\n');
    await puppet.tell('complain', 'three\n');
    const records = (name: string): unknown[] =>
      read(name)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    await until('all is there', () => read('p.log').split('\n').length === 4);
    const record = (message: string, type: string) => ({
      message,
      type,
      process_id: 0,
      app_name: 'p',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    expect(records('p-out.log')).toEqual([record('one "1"', 'out'), record('two', 'out')]);
    expect(records('p.log')).toEqual(
      expect.arrayContaining([record('one "1"', 'out'), record('two', 'out'), record('three', 'err')]),
    );
  });

  test('that has no end yet is there after a moment, and whole in the end', async () => {
    const puppet = await start('--log-type', 'json');
    await puppet.tell('print', 'name? ');
    await written('p-out.log', /^\{"message":"name\? ".*"partial":true\}\n$/);
    await puppet.tell('print', 'Ada\n');
    await written('p-out.log', /\n\{"message":"Ada"[^\n]*"app_name":"p"\}\n$/);
  });

  test('is nowhere with --disable-logs and /dev/null, and still the app never waits', async () => {
    const puppet = await start('--disable-logs');
    await puppet.tell('print', 'x'.repeat(1_000_000));
    expect(readdirSync(home.logsDir)).toEqual([]);
    await home.ok(['delete', 'p']);
    const other = await start('-o', '/dev/null', '-e', 'err.log');
    await other.tell('print', 'x'.repeat(1_000_000));
    await other.tell('complain', 'here\n');
    await until('stderr is there', () => existsSync(join(home.cwd, 'err.log')));
    expect(readdirSync(home.logsDir)).toEqual([]);
  });

  test('is there with that of its children, also of those that outlive it', async () => {
    const script = home.write(
      'parent.sh',
      '#!/bin/sh\necho parent\n(sleep 1; echo grandchild; sleep 0.2) &\nsleep 0.3\nexit 0\n',
      0o755,
    );
    await home.ok(['start', script, '-n', 'sh', '--no-autorestart']);
    await written('sh-out.log', 'parent\ngrandchild\n');
  });

  test('on the way down is written before the shim goes', async () => {
    const puppet = await start();
    await puppet.tell('print', 'last words\n');
    await home.ok(['kill']);
    expect(read('p-out.log')).toBe('last words\n');
  });

  const canMount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/mnt']).status === 0;
  if (canMount) spawnSync('umount', ['/mnt']);
  (canMount ? test : test.skip)(
    'goes on when its disk is full: app, shim and God live, memory stays, and writing resumes by itself',
    async () => {
      const disk = join(home.cwd, 'disk');
      mkdirSync(disk);
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).status).toBe(0);
      try {
        const puppet = await start('-o', join(disk, 'out.log'), '-e', '/dev/null');
        const [shim] = home.shims();
        const memory = (): number =>
          Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${shim!.process.pid}/status`, 'utf8'))![1]);
        const before = memory();
        // 40 MB into 256 KB.
        for (let n = 0; n < 40; n++) await puppet.tell('print', `${'y'.repeat(999_999)}\n`);
        expect(memory() - before).toBeLessThan(20 * 1024);
        expect(await home.list()).toMatchObject([{ status: 'online', restarts: 0, pid: puppet.pid }]);
        expect(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status).toBe(0);
        await until('the gap is marked', () =>
          /^\[pm\] \d+ bytes of output were dropped here within \d+ s: ENOSPC/m.test(
            readFileSync(join(disk, 'out.log'), 'utf8'),
          ),
        );
        await puppet.tell('print', 'back again\n');
        await until('it is written', () =>
          readFileSync(join(disk, 'out.log'), 'utf8').endsWith('back again\n'),
        );
        const text = readFileSync(join(disk, 'out.log'), 'utf8');
        const dropped = Number(/^\[pm\] (\d+) bytes/m.exec(text)![1]);
        const kept = text.replace(/^\[pm\].*\n/m, '').length;
        expect([0, 1]).toContain(kept + dropped - (40_000_000 + 'back again\n'.length));
      } finally {
        spawnSync('umount', ['-l', disk]);
      }
    },
  );
});
