import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { processesWith } from '../../rig/census';
import { createHome, type TestHome } from '../../rig/home';

/** One clear message, exit 1, nothing started, no stack trace (that one is the rig's to find). */
describe('bad input', () => {
  let home: TestHome;
  beforeAll(async () => {
    home = createHome();
    home.write('app.js', 'setInterval(() => {}, 1e6)');
    await home.ok(['ping']);
  });
  afterAll(() => home.dispose());

  const apps = (...list: object[]): string => JSON.stringify({ apps: list });
  const strict = (...list: object[]): string => JSON.stringify({ strict: true, apps: list });
  const good = { name: 'good', script: 'app.js' };

  const FILES: [title: string, name: string, text: string, words: RegExp[]][] = [
    [
      'an unknown attribute, in a file that is strict',
      'unknown.json',
      strict(good, { ...good, name: 'b', max_restart: 3 }),
      [/apps\[1\]\.max_restart/, /max_restarts/],
    ],
    ['two letters that changed places', 'swapped.json', strict({ ...good, evn: {} }), [/did you mean "env"/]],
    [
      'a wrong type',
      'type.json',
      apps(good, { ...good, name: 'b', max_restarts: 'many' }),
      [/apps\[1\]\.max_restarts/, /number|integer/],
    ],
    [
      'a wrong type of a flag',
      'flag.json',
      apps({ ...good, autorestart: 'yes' }),
      [/apps\[0\]\.autorestart/, /true or false|boolean/],
    ],
    [
      'a bad size',
      'size.json',
      apps(good, good, { ...good, name: 'c', max_memory_restart: '150MB' }),
      [/apps\[2\]\.max_memory_restart/, /150MB/],
    ],
    [
      'a bad time',
      'time.json',
      apps({ ...good, min_uptime: '5 minutes' }),
      [/apps\[0\]\.min_uptime/, /5 minutes/],
    ],
    [
      'a value below the minimum',
      'minimum.json',
      apps({ ...good, min_uptime: 3 }),
      [/apps\[0\]\.min_uptime/, /100/],
    ],
    [
      'a word that is none of the words',
      'words.json',
      apps({ ...good, exec_mode: 'clutser' }),
      [/apps\[0\]\.exec_mode/, /cluster/],
    ],
    [
      'a missing script file',
      'noscript.json',
      apps(good, { name: 'b', script: 'gone.js' }),
      [/Script not found: .*gone\.js/],
    ],
    ['no script', 'without.json', apps({ name: 'b' }), [/No script path|script.*required/]],
    [
      'a missing interpreter',
      'interp.json',
      apps({ ...good, interpreter: 'nosuch' }),
      [/Interpreter nosuch is NOT AVAILABLE/],
    ],
    ['an empty list', 'empty.json', '{"apps":[]}', [/no app in it/]],
    ['no apps at all', 'none.json', '{"deploy":{}}', [/app|script/]],
    ['text that is no JSON', 'syntax.json', '{"apps": [\n  {"name": "x",,}\n]}', [/syntax\.json:2/]],
    ['YAML that is none', 'syntax.yml', 'apps:\n  - name: x\n   script: [\n', [/syntax\.yml:\d/]],
    ['a syntax error', 'syntax.config.js', 'module.exports = {\n  apps: [\n', [/syntax\.config\.js:\d/]],
    [
      'a file that throws',
      'throws.config.js',
      '\n\nthrow new Error("no secrets today")',
      [/throws\.config\.js:3/, /no secrets today/],
    ],
    [
      'a function that rejects',
      'rejects.config.mjs',
      'export default async () => { throw new Error("vault closed") }',
      [/rejects\.config\.mjs/, /vault closed/],
    ],
    ['an export that is nothing', 'nothing.config.cjs', 'module.exports = 42', [/nothing\.config\.cjs/]],
    [
      'a syntax error in TypeScript',
      'syntax.config.ts',
      'export default {\n  apps: [{]\n}',
      [/syntax\.config\.ts:2/],
    ],
    ['an app that is no object', 'shape.json', '{"apps":["app.js"]}', [/apps\[0\]/]],
    ['a duplicate', 'duplicate.json', apps({ ...good, port: 3000 }, { ...good, port: 3000 }), [/good/]],
  ];
  /** Found when the app is looked at, not the file: in PM2's words, with the name of the app. */
  const NAMES_THE_APP = new Set(['noscript.json', 'interp.json']);
  test.each(FILES)('%s', async (_title, name, text, words) => {
    home.write('x.py', '');
    home.write(name, text);
    const { code, stdout, stderr } = await home.pm(['start', name]);
    for (const word of words) expect(stderr).toMatch(word);
    if (!NAMES_THE_APP.has(name)) expect(stderr).toContain(name);
    expect(code).toBe(1);
    expect(stdout).not.toContain('launching');
    expect(await home.list()).toEqual([]);
  });

  test('several mistakes are all told at once', async () => {
    home.write(
      'many.json',
      apps({ ...good, max_restarts: 'few', min_uptime: 'soon' }, { script: 'app.js', instances: 'lots' }),
    );
    const { stderr } = await home.pm(['start', 'many.json']);
    for (const word of ['apps[0].max_restarts', 'apps[0].min_uptime', 'apps[1].instances'])
      expect(stderr).toContain(word);
  });

  const OPTIONS: [line: string, words: RegExp][] = [
    ['start app.js -i abc', /instances|abc/],
    ['start app.js -i 2.5', /instances|2\.5/],
    ['start app.js --max-restarts lots', /max.restarts|lots/],
    ['start app.js --max-restarts', /argument missing|max-restarts/],
    ['start app.js --kill-timeout -5', /kill.timeout|-5/],
    ['start app.js --max-memory-restart 10XB', /10XB/],
    ['start app.js --nmae x', /unknown option.*--nmae[^]*--name/],
    ['start app.js --cwd /no/such/folder', /\/no\/such\/folder/],
    ['start app.js --cron-restart nonsense', /[Cc]ron|cron/],
    ['start .', /folder without index\.js[^]*main/],
    ['start app.js --output .', /out_file|--output[^]*is a folder/],
    ['app.js', /Command not found: app\.js[^]*Did you mean `pm start app\.js`/],
    ['start ./', /folder without index\.js/],
    ['start app.js --port 80', /unknown option '--port'[^]*`pm start … -- --port`/],
  ];
  test.each(OPTIONS)('pm %s', async (line, words) => {
    const { code, stderr } = await home.pm(line.split(' '));
    expect(stderr).toMatch(words);
    expect(code).toBe(1);
    expect(await home.list()).toEqual([]);
  });

  test('a folder that was deleted under the feet of the shell', async () => {
    home.write('short-lived/x', '');
    const PM = `${__dirname}/../../../bin/pm`;
    const inGone = (...words: string[]) =>
      spawnSync(
        'sh',
        [
          '-c',
          'cp -r short-lived gone; cd gone; rm -r ../gone; exec "$0" "$@"',
          process.execPath,
          PM,
          ...words,
        ],
        { encoding: 'utf8', cwd: home.cwd, env: home.env },
      );
    expect(inGone('list')).toMatchObject({ status: 0, stderr: '' });
    expect(inGone('jlist')).toMatchObject({ status: 0, stdout: '[]' });
    const { status, stderr } = inGone('start', 'app.js');
    expect(stderr).toMatch(/^\[PM\]\[ERROR\] The folder that you are in is gone: .*\n`cd` to another/);
    expect(status).toBe(1);
  });

  test('one word of several is wrong: nothing of the others starts', async () => {
    const { code } = await home.pm(['start', 'app.js', 'nosuch.js']);
    expect(code).toBe(1);
    expect(await home.list()).toEqual([]);
  });

  describe('the home', () => {
    const lowest = (name: string): string => `${home.cwd}/${name}`;

    test('is a file', async () => {
      const { code, stderr } = await home.pm(['list'], { env: { PM_HOME: home.write('file', '') } });
      expect(stderr).toMatch(/Home .*\/file cannot be used/);
      expect(code).toBe(1);
    });

    test('is a dangling link', async () => {
      symlinkSync('/no/such', lowest('link'));
      const { code, stderr } = await home.pm(['list'], { env: { PM_HOME: lowest('link') } });
      expect(stderr).toMatch(/cannot be used|No permission/);
      expect(code).toBe(1);
    });

    test('has a path that is too long for a socket', async () => {
      const long = lowest('x'.repeat(100));
      const { code, stderr } = await home.pm(['list'], { env: { PM_HOME: long } });
      expect(stderr).toMatch(/Socket path .* is too long: \d+ bytes, the system allows \d+/);
      expect(stderr).toContain('PM_HOME');
      expect(code).toBe(1);
    });

    const asRoot = process.getuid?.() === 0 ? test : test.skip;
    asRoot('belongs to somebody else', async () => {
      mkdirSync(lowest('theirs'), { mode: 0o700 });
      expect(spawnSync('chown', ['65534', lowest('theirs')]).status).toBe(0);
      const { code, stderr } = await home.pm(['list'], { env: { PM_HOME: lowest('theirs') } });
      expect(stderr).toMatch(/belongs to user 65534/);
      expect(code).toBe(1);
    });

    asRoot('cannot be read', () => {
      // As nobody: the home of the test is root's, and closed. bin/ and dist/ must be readable for it.
      chmodSync(home.cwd, 0o755);
      const { status, stderr } = spawnSync(process.execPath, [`${__dirname}/../../../bin/pm`, 'list'], {
        encoding: 'utf8',
        uid: 65534,
        env: { PATH: process.env['PATH'], PM_HOME: home.path },
      });
      expect(stderr).toMatch(/No permission on|cannot be used/);
      expect(status).toBe(1);
    });
  });

  test('nothing but God was ever started', () => {
    expect(processesWith(home.path)).toHaveLength(1);
  });
});
