import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, renameSync, truncateSync, copyFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rotatedAmong } from '../../../src/logs/rotated';
import { app, createHome, type TestHome } from '../../rig/home';
import { faultsOf, generations, IS_LONG, rotatedCounts } from '../../rig/logs';
import { openPuppets } from '../../rig/puppets';
import { isStopped } from '../../rig/census';
import { until } from '../../rig/wait';

const PM = resolve(__dirname, '../../../bin/pm');

describe('rotation', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  const out = (name = 'numbered'): string => join(home.logsDir, `${name}-out.log`);

  test(
    'loses no line, mixes up none and doubles none, whatever happens meanwhile',
    async () => {
      // Long: a thousand rotations of three megabytes at full speed. Short: a hundred at a pace that leaves time to kill.
      const plan = IS_LONG
        ? { size: '3M', lines: 31_600_000, rotations: 1000, kills: 10, pauseMs: 0, deadlineMs: 280_000 }
        : { size: '64K', lines: 70_000, rotations: 100, kills: 2, pauseMs: 60, deadlineMs: 30_000 };
      const env = { COUNT: `${plan.lines}`, BURST: '1000', PAUSE_MS: `${plan.pauseMs}` };
      const limits = ['--log-max-size', plan.size, '--log-keep', '5000', '--log-compress'];
      await home.ok(['start', app('numbered.js'), ...limits], { env });
      const reader = spawn(process.execPath, [PM, 'logs'], {
        env: { ...home.env },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      reader.stdout.resume();
      await new Promise((done) => reader.stdout.once('data', done));
      process.kill(reader.pid!, 'SIGSTOP');
      await until('the reader is stopped', () => isStopped(reader.pid!));
      for (let kill = 0; kill < plan.kills; kill++) {
        const god = home.godPid()!;
        const before = rotatedCounts(out()).all;
        await until('rotations go on', () => rotatedCounts(out()).all > before, {
          deadlineMs: plan.deadlineMs,
        });
        process.kill(god, 'SIGKILL');
        await until('another God', () => (home.godPid() ?? god) !== god);
      }
      const said = (): boolean => readFileSync(join(home.logsDir, 'numbered-error.log'), 'utf8') !== '';
      await until('all is said', said, { deadlineMs: plan.deadlineMs });
      const isCompressed = (): boolean => {
        const { all, compressed } = rotatedCounts(out());
        return all >= plan.rotations && compressed === all;
      };
      await until('all is compressed', isCompressed, { deadlineMs: plan.deadlineMs });
      reader.kill('SIGKILL');
      const files = generations(out());
      expect(files.length).toBeGreaterThan(plan.rotations);
      expect(files.filter((text) => text !== '' && !text.endsWith('\n'))).toEqual([]);
      // One by one: a gigabyte is more than one string holds.
      let seen = 0;
      for (const text of files) {
        const count = text.split('\n').length - 1;
        const numbers = faultsOf(renumbered(text, seen), count);
        expect(numbers).toEqual([]);
        seen += count;
      }
      expect(seen).toBe(plan.lines);
    },
    IS_LONG ? 600_000 : 60_000,
  );

  test('keeps no more files than it may, and the bound holds', async () => {
    await home.ok(['start', app('numbered.js'), '--log-max-size', '64K', '--log-keep', '3'], {
      env: { COUNT: '20000' },
    });
    await until('all is said', () => readFileSync(join(home.logsDir, 'numbered-error.log'), 'utf8') !== '');
    await until('the old are gone', () => rotatedCounts(out()).all === 3);
    const last = generations(out()).join('');
    expect(last.split('\n').at(-2)).toMatch(/^000019999 /);
    for (const { path } of rotatedAmong(out(), readdirSync(home.logsDir)))
      expect(statSync(path).size).toBeLessThan(64 * 1024 + 100);
  });

  test('by the clock moves what there is aside, and leaves empty files alone', async () => {
    const puppets = await openPuppets(home);
    await home.ok(['start', puppets.script, '-n', 'p', '--log-rotate', '* * * * * *'], { env: puppets.env });
    const puppet = await puppets.next();
    await puppet.tell('print', 'tick\n');
    await until('it is rotated', () => rotatedCounts(out('p')).all === 1);
    await puppet.tell('print', 'tock\n');
    await until('it is rotated again', () => rotatedCounts(out('p')).all === 2);
    expect(generations(out('p'))).toEqual(['tick\n', 'tock\n', '']);
    expect(rotatedCounts(join(home.logsDir, 'p-error.log')).all).toBe(0);
    await puppets.close();
  });

  test('of a file that several instances share happens once, and their lines stay whole', async () => {
    const config = {
      apps: [
        {
          name: 'shared',
          script: app('numbered.js'),
          instances: 3,
          exec_mode: 'fork',
          merge_logs: true,
          log_max_size: '32K',
          log_keep: 1000,
          env: { COUNT: '4000', BURST: '37' },
        },
      ],
    };
    home.write('e.json', JSON.stringify(config));
    await home.ok(['start', 'e.json']);
    const isSaid = (): boolean =>
      readFileSync(join(home.logsDir, 'shared-error.log'), 'utf8').split('\n').length === 4;
    await until('all three are done', isSaid);
    const lines = generations(out('shared')).join('').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.filter((line) => !/^\d{9} x{89}$/.test(line))).toEqual([]);
    const sorted = lines.map((line) => Number(line.slice(0, 9))).sort((a, b) => a - b);
    expect(sorted).toEqual(Array.from({ length: 12_000 }, (_, at) => Math.floor(at / 3)));
  });

  test('of pm.log is bounded too', async () => {
    const env = { PM_LOG_MAX_SIZE: '500', PM_LOG_KEEP: '2' };
    await home.ok(['start', app('idle.js')], { env });
    for (let n = 0; n < 3; n++) await home.ok(['restart', 'idle'], { env });
    expect(rotatedCounts(home.logFile).all).toBe(2);
    expect(home.log().length).toBeLessThan(1000);
  });

  describe('by somebody else', () => {
    test.each(['reloadLogs', 'SIGUSR2'])('who moves the files and then says %s', async (how) => {
      const puppets = await openPuppets(home);
      await home.ok(['start', puppets.script, '-n', 'p'], { env: puppets.env });
      const puppet = await puppets.next();
      await puppet.tell('print', 'one\n');
      await until('it is written', () => readFileSync(out('p'), 'utf8') === 'one\n');
      for (const path of [out('p'), home.logFile]) renameSync(path, `${path}.1`);
      await puppet.tell('print', 'two\n');
      if (how === 'reloadLogs') await home.ok(['reloadLogs']);
      else process.kill(home.godPid()!, 'SIGUSR2');
      await until('there is a new file', () => readdirSync(home.logsDir).includes('p-out.log'));
      await puppet.tell('print', 'three\n');
      await until('it is written', () => readFileSync(out('p'), 'utf8').endsWith('three\n'));
      const both = readFileSync(`${out('p')}.1`, 'utf8') + readFileSync(out('p'), 'utf8');
      expect(both).toBe('one\ntwo\nthree\n');
      await home.ok(['stop', 'p']);
      expect(home.log()).toContain('p#0 online → stopping');
      await puppets.close();
    });

    test('who moves the file and says nothing is noticed', async () => {
      const puppets = await openPuppets(home);
      await home.ok(['start', puppets.script, '-n', 'p'], { env: puppets.env });
      const puppet = await puppets.next();
      await puppet.tell('print', 'one\n');
      await until('it is written', () => readFileSync(out('p'), 'utf8') === 'one\n');
      renameSync(out('p'), `${out('p')}.1`);
      let said = 1;
      await until('a new file is written', async () => {
        await puppet.tell('print', `${++said}\n`);
        return readdirSync(home.logsDir).includes('p-out.log');
      });
      const last = `${said}\n`;
      await until('the last line is there', () => readFileSync(out('p'), 'utf8').endsWith(last));
      const all = readFileSync(`${out('p')}.1`, 'utf8') + readFileSync(out('p'), 'utf8');
      expect(all).toBe(['one', ...Array.from({ length: said - 1 }, (_, at) => `${at + 2}`), ''].join('\n'));
      await puppets.close();
    });

    test('by copytruncate, and by flush', async () => {
      const puppets = await openPuppets(home);
      await home.ok(['start', puppets.script, '-n', 'p', '--log-max-size', '1K'], { env: puppets.env });
      const puppet = await puppets.next();
      const print = async (text: string): Promise<void> => {
        await puppet.tell('print', text);
        await until('it is written', () => readFileSync(out('p'), 'utf8').endsWith(text));
      };
      await print(`${'a'.repeat(900)}\n`);
      copyFileSync(out('p'), `${out('p')}.1`);
      truncateSync(out('p'));
      await print(`${'b'.repeat(900)}\n`);
      expect(readFileSync(out('p'), 'utf8')).toBe(`${'b'.repeat(900)}\n`);
      await home.ok(['flush', 'p']);
      expect(readFileSync(out('p'), 'utf8')).toBe('');
      await print(`${'c'.repeat(900)}\n`);
      // The sizes of what was truncated do not add up to a rotation.
      expect(rotatedCounts(out('p')).all).toBe(0);
      await puppets.close();
    });
  });
});

/** Lines that count up from `first`, as if they did from 0. */
function renumbered(text: string, first: number): string {
  return text.replace(/^\d{9}/gm, (number) => String(Number(number) - first).padStart(9, '0'));
}
