import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { absentCommands } from '../../../src/cli/absent';
import { createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

const PM = resolve(__dirname, '../../../bin/pm');

/** PM2-FACTS §1.2, row by row. What acts on apps in general is in selectors.test.ts, §8 in exit-codes.test.ts. */
describe("PM2's commands", () => {
  let home: TestHome;
  beforeAll(async () => {
    home = createHome();
    home.write(
      'echo.js',
      `process.stdin.on('data', (d) => console.log('heard ' + d)); process.on('SIGUSR2', () => console.log('usr2')); setInterval(() => {}, 1e6)`,
    );
    home.write('dies.js', 'process.exit(3)');
    home.write('server.js', `require('node:http').createServer().listen(0)`);
    home.write(
      'apps.json',
      JSON.stringify({ apps: ['one', 'two'].map((name) => ({ name, script: 'server.js', instances: 1 })) }),
    );
    await home.ok(['start', 'echo.js', '--name', 'echo']);
    await home.ok(['start', 'server.js', '--name', 'api', '-i', '2']);
  });
  afterAll(() => home.dispose());

  /** In order: each row finds what the one before left. */
  const ROWS: [line: string, code: number, words: RegExp][] = [
    // starting, by PM2-FACTS §5.1
    ['startOrRestart apps.json', 0, /App \[one\] launched[^]*App \[two\] launched[^]*│ one/],
    ['startOrRestart apps.json --only one', 0, /one#\d+ online/],
    ['startOrReload apps.json', 0, /one#\d+ online[^]*│ two/],
    ['startOrGracefulReload apps.json --only one,two', 0, /│ two/],
    ['startOrReload gone.json', 1, /File .*gone\.json not found/],
    ['restart all --parallel 3', 0, /│ api/],
    ['restart all --parallel none', 1, /--parallel none is not a number/],
    ['start one', 0, /one#\d+ online/],
    ['start default', 0, /echo#0 online/],
    ['scale api +1', 0, /api#\d+ online/],
    ['scale api -1', 0, /│ api/],
    ['delete one two', 0, /│ echo/],
    ['start dies.js --max-restarts 0', 0, /│ dies/],
    ['delete dies', 0, /│ echo/],
    ['del nosuch', 1, /Process or Namespace nosuch not found/],
    // looking
    ['env 0', 0, /^name: echo$[^]*^status: online$[^]*^pm_id: 0$/m],
    ['env 0', 0, /^PM_HOME: |^PATH: /m],
    ['env 77', 1, /Modules with id 77 not found/],
    ['slist', 0, /"totalBytes":\d+/],
    ['sysinfos -t', 0, /^ {2}"memory": \{$/m],
    ['report', 0, /--- Daemon ---[^]*pmd version[^]*--- PM list ---[^]*echo[^]*Daemon logs/],
    ['examples', 0, /pm start app\.js/],
    ['completion', 0, /complete -o default -F _pm_complete pm/],
    ['prettylist', 0, /name: 'echo'/],
    // talking
    ['send 0 hello', 0, /│ echo/],
    ['send 77 hello', 1, /Process with ID <77> unknown/],
    ['sendSignal SIGUSR2 echo', 0, /successfully sent signal SIGUSR2/],
    ['sendSignal usr2 0', 0, /to 1 process/],
    ['sendSignal SIGNONE 0', 1, /Error when sending signal \(signal unknown\)/],
    ['sendSignal SIGUSR2 77', 1, /77 id unknown/],
    ['sendSignal SIGUSR2 nosuch', 1, /Unknown process name/],
    ['attach 77', 1, /Process with ID <77> unknown/],
    ['monitor echo', 0, /│ echo/],
    ['unmonitor api', 0, /│ echo/],
    ['monitor nosuch', 0, /│ echo/],
    // beginning
    ['init simple', 0, /ecosystem\.config\.js generated/],
    ['ecosystem', 1, /is there already/],
    ['import nosuch.pm2', 1, /File .*nosuch\.pm2 not found/],
    // over a reboot; startup is in startup.test.ts, serve in serve.test.ts
    ['save', 0, /Successfully saved in .*dump\.json/],
    ['dump --force', 0, /Successfully saved/],
    ['save more', 1, /too many arguments/],
    ['resurrect', 0, /Restoring processes located in .*dump\.json[^]*│ echo/],
    ['cleardump', 0, /dump\.json/],
    ['startup nosuch', 1, /nosuch is not known/],
    ['unstartup nosuch', 1, /nosuch is not known/],
    // the rest of looking
    ['list -m', 0, /\+--- echo/],
    ['describe echo', 0, /│ status +│ online/],
    ['describe echo nosuch', 1, /nosuch doesn't exist/],
    ['id api', 0, /^\[ 1, 2, \d+ \]$|^\[ 1, 2 \]$/m],
    ['logs echo --nostream --lines 5', 0, /\[TAILING\] Tailing last 5 lines for \[echo\] process/],
    ['log nosuch --nostream', 0, /\[TAILING\]/],
    // logs and the daemon
    ['flush echo', 0, /^/],
    ['reloadLogs', 0, /^/],
    ['ping', 0, /pong/],
  ];
  test.each(ROWS)('pm %s → %d', async (line, code, words) => {
    const result = await home.pm(line.split(' '));
    expect({ code: result.code, said: result.stdout + result.stderr }).toEqual({
      code,
      said: expect.stringMatching(words) as unknown,
    });
  });

  /** §8: with nothing in the list; none of them is a crash, and scripts tell 0 from 1. */
  const EMPTY: [line: string, code: number, words: RegExp][] = [
    ['save', 0, /\[PM\]\[WARN\] PM has nothing to save/],
    ['resurrect', 0, /No list was saved/],
    ['save --force', 0, /Successfully saved/],
    ['list', 0, /│ id │ name/],
    ['jlist', 0, /^\[\]$/],
    ['prettylist', 0, /^\[\]$/],
    ['pid', 0, /^\n$/],
    ['id x', 0, /^\[\]\n$/],
    ['flush', 0, /Logs flushed/],
    ['monitor all', 0, /No process found/],
    ['why', 0, /Nothing is managed/],
    ...['restart', 'reload', 'stop', 'delete', 'reset'].map((verb): [string, number, RegExp] => [
      `${verb} all`,
      1,
      /No process found/,
    ]),
    ['kill more', 1, /too many arguments/],
    ['kill', 0, /PM Daemon Stopped/],
  ];
  test('with an empty list', async () => {
    const other = createHome();
    for (const [line, code, words] of EMPTY) {
      const result = await other.pm(line.split(' '));
      expect({ line, code: result.code, said: result.stdout + result.stderr }).toEqual({
        line,
        code,
        said: expect.stringMatching(words) as unknown,
      });
    }
    await other.dispose();
  });

  test('kill succeeds with apps, without apps, and without a God', async () => {
    const other = createHome();
    for (const words of [
      /nothing to kill/,
      /All Applications Stopped[^]*PM Daemon Stopped/,
      /PM Daemon Stopped/,
    ]) {
      if (words.source.startsWith('All')) await other.ok(['start', 'server.js'], { cwd: home.cwd });
      else if (words.source.startsWith('PM')) await other.ok(['ping']);
      expect(await other.pm(['kill'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(words) as unknown,
      });
    }
    await other.dispose();
  });

  test.each(absentCommands())(
    'pm %s is absent on purpose, says so, and names what to do',
    async (command) => {
      const { code, stderr } = await home.pm([command]);
      expect(stderr).toMatch(new RegExp(`Command not found: ${command}\\. pm deliberately has no`));
      expect(stderr).toMatch(/^Instead: .{15,}\.$/m);
      expect(code).toBe(1);
    },
  );

  test('a line that is sent arrives, a signal is received, and nothing is restarted', async () => {
    const { pid } = await home.view(0);
    await home.ok(['send', '0', 'two words']);
    await home.ok(['sendSignal', 'SIGUSR2', '0']);
    await until('both were heard', async () => {
      const { stdout } = await home.ok(['logs', 'echo', '--nostream', '--raw', '--lines', '100']);
      return stdout.includes('heard two words\n') && stdout.includes('usr2\n');
    });
    expect((await home.view(0)).pid).toBe(pid);
  });

  test('the flag of monitor is in jlist, on every instance that it was set for', async () => {
    const records = JSON.parse((await home.ok(['jlist'])).stdout) as {
      name: string;
      pm2_env: { _km_monitored?: boolean };
    }[];
    expect(records.map(({ name, pm2_env }) => `${name} ${pm2_env._km_monitored}`)).toEqual([
      'echo true',
      'api false',
      'api false',
    ]);
  });

  test('init writes a file that starts', async () => {
    const text = readFileSync(`${home.cwd}/ecosystem.config.js`, 'utf8');
    expect(text).toContain("script: './app.js'");
  });

  const interactive = (args: string[]) => {
    const child = spawn(process.execPath, [PM, ...args], { env: home.env, cwd: home.cwd });
    const said = { text: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.text += chunk.toString()));
    const ended = new Promise<number | null>((done) => child.once('close', done));
    return { child, said, ended };
  };

  test('attach: lines go in, output comes out, Ctrl-C leaves the app alone', async () => {
    const { pid } = await home.view(0);
    const { child, said, ended } = interactive(['attach', '0']);
    let n = 0;
    await until('an answer', () => {
      child.stdin.write(`line ${++n}\n`);
      return /heard line \d+/.test(said.text);
    });
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect((await home.view(0)).pid).toBe(pid);
  });

  test('list --watch draws again', async () => {
    const { child, said, ended } = interactive(['list', '--watch']);
    await until('two tables', () => (said.text.match(/│ echo/g) ?? []).length >= 2);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  test('start --attach shows what the app prints', async () => {
    home.write('talks.js', `setInterval(() => console.log('tick'), 50)`);
    const { child, said, ended } = interactive(['start', 'talks.js', '--attach', '--name', 'talks']);
    await until('its output', () => /\d+\|talks +\| tick/.test(said.text));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    await home.ok(['delete', 'talks']);
  });

  test('stop --watch switches watching off', async () => {
    await home.ok(['restart', 'echo', '--watch']);
    expect(await home.view(0)).toMatchObject({ watching: true });
    await home.ok(['stop', 'echo', '--watch']);
    await home.ok(['restart', 'echo']);
    expect(await home.view(0)).toMatchObject({ watching: false, status: 'online' });
    expect(existsSync(home.logFile)).toBe(true);
  });
});
