import { app, createHome, type TestHome } from '../../rig/home';

/** PM2-FACTS §8: what scripts look for. All against one home with three apps. */
describe('exit codes and words', () => {
  let home: TestHome;
  beforeAll(async () => {
    home = createHome();
    await home.ok(['start', app('server.js'), '--name', 'api', '--namespace', 'back']);
    await home.ok(['start', app('server.js'), '--name', 'web', '-i', '2', '-x']);
    home.write('app.js', 'require("node:http").createServer().listen(0)');
    home.write('apps.json', '{"apps":[{"name":"other","script":"app.js"}]}');
  });
  afterAll(() => home.dispose());

  const FAILS: [line: string, words: RegExp][] = [
    ['', /usage|pm --help/i],
    ['nonsense', /Command not found: nonsense/],
    ['lst', /Did you mean `pm list`/],
    ['list --nonsense', /unknown option/],
    ['start nothing.js', /Script not found: .*\/w\/nothing\.js/],
    ['start ap.js', /Did you mean `pm start app\.js`/],
    ['start 77', /77/],
    ['start', /File ecosystem\.config\.js not found/],
    ['start missing.config.js', /File .*missing\.config\.js not found/],
    [`start ${app('server.js')} --name api`, /Script already launched, add -f option to force re-execution/],
    ['start app.js --interpreter nosuch', /Interpreter nosuch is NOT AVAILABLE in PATH/],
    ['start app.js --uid nosuchuser', /User nosuchuser cannot be found/],
    [
      'restart api --env production',
      /Using --env \[env\] without passing the ecosystem\.config\.js does not work/,
    ],
    [
      'reload api --env production',
      /Using --env \[env\] without passing the ecosystem\.config\.js does not work/,
    ],
    ['start apps.json --only nosuch', /--only nosuch: there is no such app/],
    ['restart nosuch', /Process or Namespace nosuch not found/],
    ['stop nosuch', /Process or Namespace nosuch not found/],
    ['delete nosuch', /Process or Namespace nosuch not found/],
    ['reload nosuch', /Process or Namespace nosuch not found/],
    ['stop apy', /Did you mean api/],
    ['stop 99', /99 : id unknown/],
    ['delete 99', /99 : id unknown/],
    ['restart 99', /99 : id unknown/],
    ['reload 99', /99 : id unknown/],
    ['restart /^zz/', /No process found/],
    ['stop /(/', /not a valid regular expression/],
    ['describe nosuch', /nosuch doesn't exist/],
    ['describe 99', /99 doesn't exist/],
    ['reset nosuch', /nosuch/],
    ['reset 99', /99/],
    ['scale nosuch 3', /Application nosuch not found/],
    ['scale web 2', /Nothing to do/],
    ['scale web many', /Cannot scale to many/],
    ['scale web', /missing required argument/],
    ['stop', /missing required argument/],
    ['id', /missing required argument/],
    ['list --sort nosuch', /sort|nosuch/],
  ];
  test.each(FAILS)('pm %s fails and says why', async (line, words) => {
    const before = await home.list();
    const { code, stdout, stderr } = await home.pm(line.split(' ').filter((word) => word !== ''));
    expect(line === '' ? stdout + stderr : stderr).toMatch(words);
    expect(code).toBe(1);
    const what = (views: typeof before): unknown =>
      views.map(({ id, name, pid, status }) => ({ id, name, pid, status }));
    expect(what(await home.list())).toEqual(what(before));
  });

  const SUCCEEDS: [line: string, stdout: RegExp][] = [
    ['id api', /^\[ 0 \]\n$/],
    ['id web', /^\[ 1, 2 \]\n$/],
    ['id nosuch', /^\[\]\n$/],
    ['pid nosuch', /^\n$/],
    ['pid web', /^\d+\n\d+\n$/],
    ['pid', /^(\d+\n){3}$/],
    ['ping', /^\{ msg: 'pong' \}\n$/],
    ['logs nosuch --nostream', /^(?!.*Error)/],
    ['flush nosuch', /^(?!.*Error)/],
    ['stop apps.json', /^/],
    ['delete apps.json', /^/],
    ['list', /│ api /],
    ['ls', /│ api /],
    ['l', /│ api /],
    ['ps', /│ api /],
    ['status', /│ api /],
    ['-m list', /\+--- api/],
    ['show 0', /Describing process with id 0 - name api/],
    ['info api', /Describing process with id 0 - name api/],
    ['desc web', /id 1 - name web[^]*id 2 - name web/],
    ['--version', /^\d+\.\d+\.\d+\n$/],
    ['-v', /^\d+\.\d+\.\d+\n$/],
    ['--help', /start/],
    ['start --help', /pm start app\.js/],
    ['reload -h', /pm reload api/],
    ['reset api', /│ api /],
    ['reset all', /│ web /],
  ];
  test.each(SUCCEEDS)('pm %s succeeds', async (line, words) => {
    const { code, stdout, stderr } = await home.pm(line.split(' '));
    expect({ code, stderr: stderr.replace(/^\[PM\]\[WARN\].*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(words);
  });
});
