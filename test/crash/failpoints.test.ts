import { createHome, app, type TestHome } from '../rig/home';
import { freePort } from '../rig/http';
import { violations } from '../rig/invariants';
import { failed, NONE_FAILED, startLoad } from '../rig/load';
import { until } from '../rig/wait';

const isLong = process.env['PM_TEST_LONG'] === '1';

const at = (program: string, points: string): string[] =>
  points.split(' ').map((point) => `${program}:${point}`);

/** Every step of the flows of a start, a crash, an adoption and a hand-over, in God. */
const GOD_POINTS = at(
  'god',
  `locked loaded found-shims adopted listening commit.changed commit.saved command.begun
   file.open file.write file.sync file.keep-old file.rename file.renamed shim.spawned shim.connected shim.dismissed
   start.sending start.sent event.started event.listening event.exited events.handled events.saved
   tell.sending tell.sent rollout.move`.replaceAll(/\s+/g, ' '),
);
const SHIM_POINTS = at(
  'shim',
  'record file.rename listening worker.spawn worker.spawned worker.started worker.exited admit retire events quit',
);

/** Some of them in `npm test`: those that have found the most. */
const SHORT = [
  'god:commit.saved=1*crash',
  'god:tell.sending=2*off->1*crash',
  'shim:worker.spawned=1*off->1*crash',
];

const crashes = [...GOD_POINTS, ...SHIM_POINTS].flatMap((point) => [
  `${point}=1*crash`,
  `${point}=2*off->1*crash`,
]);

describe.each(isLong ? crashes : SHORT)('%s', (rule) => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome({ failpoints: rule });
  });
  afterEach(() => home.dispose());

  const isGods = rule.startsWith('god:');

  /** A God that dies costs nothing; a shim takes its workers along, so a command that meets it may fail. */
  const run = async (args: readonly string[], env = {}): Promise<void> => {
    const { code, stdout, stderr } = await home.pm(args, { env });
    if (isGods || code === 0) expect({ args, code, stdout, stderr }).toMatchObject({ code: 0 });
    else expect(stderr).not.toMatch(/Internal error/);
  };

  const untilQuiet = (): Promise<unknown> =>
    until(
      'nothing is under way, and all is as it should be',
      async () => {
        const views = await home.list();
        expect(
          views.map(({ status }) => status).filter((status) => status !== 'online' && status !== 'stopped'),
        ).toEqual([]);
        expect(violations(home, views)).toEqual([]);
        return true;
      },
      { deadlineMs: 20_000 },
    );

  test('every command comes to its end, and nobody is lost or doubled', async () => {
    const port = await freePort();
    const env = { PORT: String(port), DELAY_MS: '5' };
    await run(['start', app('http-app.js'), '-i', '2'], env);
    await run(['start', app('server.js')]);
    await untilQuiet();
    const load = startLoad(home, port, 2);
    await load.answered(1);
    await run(['reload', 'http-app']);
    await run(['scale', 'http-app', '3']);
    await run(['restart', 'server']);
    const server = (await home.untilAll('online', 'server'))[0]!;
    process.kill(server.pid, 'SIGKILL');
    await until('it is started again', async () => {
      const now = await home.view(server.id);
      return now.status === 'online' && now.pid !== server.pid;
    });
    await run(['stop', 'server']);
    await untilQuiet();
    const counts = failed(await load.stop());
    if (isGods) expect(counts).toEqual(NONE_FAILED);
    const views = await home.list();
    expect(views.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
      'http-app online',
      'http-app online',
      'http-app online',
      'server stopped',
    ]);
    await run(['delete', 'server']);
    await untilQuiet();
    expect((await home.list()).map(({ name }) => name)).toEqual(['http-app', 'http-app', 'http-app']);
  });
});
