import { spawn, type ChildProcess } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  appendFileSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { identify } from '../../../src/platform';
import { isStopped } from '../../rig/census';
import { app, createHome, type TestHome } from '../../rig/home';
import { faultsOf } from '../../rig/logs';
import { openPuppets, type Puppets } from '../../rig/puppets';
import { until } from '../../rig/wait';

const PM = resolve(__dirname, '../../../bin/pm');

interface Reader {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

describe('pm logs', () => {
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

  /** `pm logs` until it is ended; it has begun to follow when the marker that the test writes shows up. */
  function read(...options: string[]): Reader {
    const child = spawn(process.execPath, [PM, 'logs', ...options], {
      env: home.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const identity = identify(child.pid!);
    if (identity !== null) home.remember(identity);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => (said += text));
    }
    return { child, said: () => said, ended: new Promise((done) => child.once('close', done)) };
  }
  const startPuppet = async (name: string, ...options: string[]) => {
    await home.ok(['start', puppets.script, '-n', name, ...options], { env: puppets.env });
    return puppets.next();
  };
  const log = (name: string): string => join(home.logsDir, name);

  test('puts stamped lines of several apps and both streams into one order', async () => {
    const a = await startPuppet('a', '--log-date-format', 'YYYY-MM-DD HH:mm:ss.SSS');
    const b = await startPuppet('b', '--log-type', 'json');
    for (const [who, how, text] of [
      [a, 'print', 'first'],
      [b, 'complain', 'second'],
      [a, 'complain', 'third'],
      [b, 'print', 'fourth'],
    ] as const) {
      await who.tell(how, `${text}\n`);
      // The stamps have milliseconds: the next one must be another.
      await new Promise((next) => setTimeout(next, 5));
    }
    await until(
      'all is written',
      () => statSync(log('b-out.log')).size > 0 && statSync(log('a-error.log')).size > 0,
    );
    const order = async (...more: string[]): Promise<string[]> => {
      const { stdout } = await home.ok(['logs', 'a', 'b', '--nostream', ...more]);
      return stdout.match(/first|second|third|fourth/g) ?? [];
    };
    expect(await order()).toEqual(['first', 'second', 'third', 'fourth']);
    expect(await order('--err')).toEqual(['second', 'third']);
    expect(await order('--out')).toEqual(['first', 'fourth']);
    expect(await order('--grep', '/^.*(ir)/')).toEqual(['first', 'third']);
    expect(await order('--since', '10m')).toEqual(['first', 'second', 'third', 'fourth']);
    expect(await order('--since', '2099-01-01')).toEqual([]);
    const { stdout } = await home.ok(['logs', 'b', '--nostream', '--json']);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { message: 'second', type: 'err', process_id: 1, app_name: 'b' },
      { message: 'fourth', type: 'out', process_id: 1, app_name: 'b' },
    ]);
    const pairs = await home.ok(['logs', 'a', '--nostream', '--format', '--out']);
    expect(pairs.stdout).toMatch(/^timestamp=\S+ app=a id=0 type=out message=first\n$/);
    const raw = await home.ok(['logs', 'b', '--nostream', '--raw', '--err']);
    expect(raw.stdout).toBe(readFileSync(log('b-error.log'), 'utf8'));
    const marked = await home.ok(['logs', 'b', '--nostream', '--highlight', 'eco'], {
      env: { FORCE_COLOR: '1' },
    });
    expect(marked.stdout).toContain('s\u001b[7meco\u001b[27mnd');
    const stamped = await home.ok(['logs', 'b', '--nostream', '--err', '--timestamp', 'YYYY']);
    expect(stamped.stdout).toMatch(/1\|b {7}\| \d{4} second/);
  });

  test('says what it was given and cannot use; bars of names of different length stand below each other', async () => {
    await home.ok(['start', app('idle.js'), '-n', 'quiet']);
    await home.ok(['start', app('chatty.js'), '-n', 'much-longer-name', '--time']);
    await home.ok(['start', app('chatty.js'), '-n', 'short', '--time']);
    await until('both have talked', () => readFileSync(log('short-error.log'), 'utf8').includes('err 20'));
    const shown = await home.ok([
      'logs',
      'short',
      'much-longer-name',
      'nosuch',
      '--nostream',
      '--since',
      '1h',
    ]);
    expect(shown.stderr).toMatch(/No process matches nosuch: there is quiet, much-longer-name, short/);
    expect(shown.stdout).toMatch(/^\[TAILING\] Tailing lines since 1h for \[short much-longer-name nosuch\]/);
    const bars = shown.stdout.split('\n').filter((line) => /^\d\|/.test(line));
    expect(new Set(bars.map((line) => line.indexOf(' | '))).size).toBe(1);
    await home.ok(['start', app('idle.js'), '-n', 'mute', '--output', '/proc/no.log']);
    expect((await home.ok(['logs', 'mute', '--nostream'])).stderr).toMatch(/\/proc\/no\.log is not there/);
    for (const [options, words] of [
      [['--since', '5'], /--since 5 is neither a time span nor a date/],
      [['--grep', '/(/'], /--grep \/\(\/ is not a valid regular expression/],
    ] as const) {
      const { code, stderr } = await home.pm(['logs', '--nostream', ...options]);
      expect(stderr).toMatch(words);
      expect(code).toBe(1);
    }
  });

  test('shows files without stamps as PM2 does: a block each, the last changed at the bottom', async () => {
    const puppet = await startPuppet('a');
    await puppet.tell('complain', 'e1\n');
    await until('it is written', () => readFileSync(log('a-error.log'), 'utf8') === 'e1\n');
    // The file system counts in ticks: both may be written within one.
    utimesSync(log('a-error.log'), 0, 0);
    await puppet.tell('print', 'o1\no2\no3\n');
    await until('it is written', () => readFileSync(log('a-out.log'), 'utf8').endsWith('o3\n'));
    const { stdout } = await home.ok(['logs', 'a', '--nostream', '--lines', '2']);
    expect(stdout).toBe(
      [
        '[TAILING] Tailing last 2 lines for [a] process (change the value with --lines option)',
        `${log('a-error.log')} last 2 lines:`,
        '0|a       | e1',
        '',
        `${log('a-out.log')} last 2 lines:`,
        '0|a       | o2',
        '0|a       | o3',
        '',
        '',
      ].join('\n'),
    );
  });

  test('follows through restarts and a God that dies, tells what happens, and picks up new apps by itself', async () => {
    const first = await startPuppet('a');
    const reader = read('a', 'late', '--lines', '0');
    await until('it follows', async () => {
      await first.tell('print', 'are you there\n');
      return reader.said().includes('0|a       | are you there');
    });
    await home.ok(['restart', 'a']);
    const second = await puppets.next();
    await second.tell('print', 'after the restart\n');
    await until('the restart is told', () => /PM\s+\| a#0 exit: was ended by SIGINT/.test(reader.said()));
    await until('the new worker is heard', () => reader.said().includes('after the restart'));
    const god = home.godPid()!;
    process.kill(god, 'SIGKILL');
    await second.tell('print', 'without God\n');
    await until('it is heard', () => reader.said().includes('without God'));
    await until('another God', () => (home.godPid() ?? god) !== god);
    const late = await startPuppet('late');
    await late.tell('print', 'here I am\n');
    await until('the new app is heard', () => reader.said().includes('1|late    | here I am'));
    reader.child.kill('SIGINT');
    expect(await reader.ended).toBe(0);
    expect(reader.said()).not.toMatch(/Error|\(node:/);
  });

  test('shows every line once through rotations, even after it was suspended', async () => {
    const env = { COUNT: '40000', BURST: '500', PAUSE_MS: '40' };
    const options = ['--log-max-size', '64K', '--log-keep', '1000'];
    // The reader is there before the first line.
    await home.ok(['start', app('idle.js')]);
    const reader = read('numbered', '--raw', '--out');
    await until('it looks', () => reader.said() !== '');
    await home.ok(['start', app('numbered.js'), ...options], { env });
    await until('it has begun', () => reader.said().includes('000001000'));
    process.kill(reader.child.pid!, 'SIGSTOP');
    await until('it is stopped', () => isStopped(reader.child.pid!));
    await until('all is said', () => readFileSync(log('numbered-error.log'), 'utf8') !== '');
    process.kill(reader.child.pid!, 'SIGCONT');
    const lines = (): string => reader.said().slice(reader.said().indexOf('000000000'));
    await until('the last line is shown', () => reader.said().includes('000039999'));
    expect(faultsOf(lines(), 40_000)).toEqual([]);
    reader.child.kill('SIGTERM');
    expect(await reader.ended).toBe(0);
  });

  test('ends quietly when nobody reads it any more', async () => {
    const puppet = await startPuppet('a');
    await puppet.tell('print', 'x\n'.repeat(100));
    const reader = read();
    reader.child.stdout!.destroy();
    const goesOn = setInterval(() => void puppet.tell('print', 'more\n').catch(() => undefined), 50);
    expect(await reader.ended).toBe(0);
    clearInterval(goesOn);
    expect(reader.said()).not.toContain('EPIPE');
  });

  test('opens a thousand files and one of ten gigabytes at once', async () => {
    home.write(
      'e.json',
      JSON.stringify({
        apps: [{ name: 'm', script: app('idle.js'), instances: 500, exec_mode: 'fork', autostart: false }],
      }),
    );
    await home.ok(['start', 'e.json']);
    mkdirSync(home.logsDir, { recursive: true });
    for (let id = 0; id < 500; id++) {
      writeFileSync(log(`m-out-${id}.log`), `out ${id}\n`);
      writeFileSync(log(`m-error-${id}.log`), `err ${id}\n`);
    }
    truncateSync(log('m-out-7.log'), 10 * 1024 ** 3);
    appendFileSync(log('m-out-7.log'), 'the end\n');
    const { stdout } = await home.ok(['logs', '--nostream', '--lines', '1']);
    expect(stdout.match(/\| (out|err) \d+$/gm)).toHaveLength(999);
    expect(stdout).toContain('7|m       | the end\n');
    const reader = read('m', '--lines', '0');
    await until('it follows', () => {
      appendFileSync(log('m-out-499.log'), 'still there?\n');
      return reader.said().includes('499|m     | still there?');
    });
    reader.child.kill('SIGINT');
    expect(await reader.ended).toBe(0);
  });

  test('waits for its reader instead of filling its memory', async () => {
    await home.ok(['start', app('idle.js')]);
    const { child, said } = read('numbered', '--raw', '--lines', '0');
    await until('it looks', () => said() !== '');
    child.stdout!.pause();
    await home.ok(['start', app('numbered.js')], { env: { COUNT: '500000' } });
    await until('all is said', () => readFileSync(log('numbered-error.log'), 'utf8') !== '');
    // Proves a negative: as long as it would take to read all of it.
    await new Promise((next) => setTimeout(next, 1500));
    const status = readFileSync(`/proc/${child.pid!}/status`, 'utf8');
    expect(Number(/RssAnon:\s+(\d+)/.exec(status)![1])).toBeLessThan(60 * 1024);
    child.kill('SIGKILL');
  });
});
