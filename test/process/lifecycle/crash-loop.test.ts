import { app, createHome, type TestHome } from '../../rig/home';
import { openPuppets, type Puppets } from '../../rig/puppets';
import { until } from '../../rig/wait';

describe('an app that ends by itself', () => {
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

  test('and crashes at once ends errored within its limit; describe says how often, why, and its last words', async () => {
    await home.pm(['start', app('crash-at-once.js'), '--max-restarts', '3']);
    const [view] = await home.untilAll('errored');
    expect(view).toMatchObject({ pid: 0, restarts: 2 });
    expect(view!.reason).toMatch(/limit|max_restarts|quick exits/);
    expect(view!.exits.length).toBe(3);
    for (const exit of view!.exits) {
      expect(exit).toMatchObject({ code: 1, signal: null, stderrTail: ['cannot find the database'] });
      expect(exit.decision).not.toBe('');
    }
    const { stdout } = await home.ok(['describe', 'crash-at-once']);
    expect(stdout).toMatch(/│ status +│ errored/);
    expect(stdout).toMatch(/│ restarts +│ 2 /);
    expect(stdout).toContain('cannot find the database');
    expect(stdout).toContain(view!.reason);
  });

  test('never spins: with the defaults the restarts get rarer', async () => {
    await home.pm(['start', app('crash-at-once.js')]);
    const { exits } = await until('it has crashed five times', async () => {
      const view = await home.view(0);
      return view.exits.length >= 5 && view;
    });
    // From one end to the next: a bare Node needs some 50 ms to live and die, the rest is the wait.
    const gaps = exits.slice(1).map(({ atMs }, n) => atMs - exits[n]!.atMs);
    expect(gaps.at(-1)!).toBeGreaterThan(gaps[0]!);
    await home.ok(['stop', 'crash-at-once']);
    expect(await home.view(0)).toMatchObject({ status: 'stopped', nextStartAtMs: null });
  });

  test('waits as restart_delay says, and stop takes the wait away', async () => {
    await home.ok(['start', puppets.script, '--restart-delay', '60000'], { env: puppets.env });
    const puppet = await puppets.next();
    await puppet.tell('exit', 3);
    const [view] = await home.untilAll('waiting restart');
    expect(view!.exits).toMatchObject([{ code: 3, cause: 'crash' }]);
    expect(view!.nextStartAtMs! - view!.exits[0]!.atMs).toBeGreaterThanOrEqual(60_000);
    await home.ok(['stop', 'puppet']);
    expect(await home.view(0)).toMatchObject({ status: 'stopped', nextStartAtMs: null });
    await home.ok(['start', 'puppet']);
    await puppets.next();
    await home.untilAll('online');
  });

  test.each([
    ['no autorestart', ['--no-autorestart'], 1],
    ['one of the stop_exit_codes', ['--stop-exit-codes', '7'], 7],
  ])('stays stopped with %s', async (_title, options, code) => {
    await home.ok(['start', puppets.script, ...options], { env: puppets.env });
    const puppet = await puppets.next();
    await puppet.tell('exit', code);
    const [view] = await home.untilAll('stopped');
    expect(view).toMatchObject({ pid: 0, restarts: 0, exits: [{ code, signal: null }] });
  });

  test('by an exception is a crash, whose last words are the exception', async () => {
    await home.ok(['start', puppets.script], { env: puppets.env });
    const first = await puppets.next();
    await first.tell('throw', 'the moon is down');
    const second = await puppets.next();
    expect(second.pid).not.toBe(first.pid);
    const view = await until('it is counted', async () => {
      const now = await home.view(0);
      return now.restarts === 1 && now;
    });
    expect(view.exits).toMatchObject([{ pid: first.pid, code: 1, cause: 'crash' }]);
    expect(view.exits[0]!.stderrTail.join('\n')).toContain('the moon is down');
    await home.ok(['reset', 'puppet']);
    expect(await home.view(0)).toMatchObject({ restarts: 0, unstableRestarts: 0 });
  });

  test('a sliding window ends the restarts at any uptime', async () => {
    const file = home.write(
      'ecosystem.json',
      JSON.stringify({ name: 'p', script: puppets.script, restart_window: '2 in 10m', min_uptime: 100 }),
    );
    await home.ok(['start', file], { env: puppets.env });
    for (let n = 0; n < 3; n++) await (await puppets.next()).tell('exit', 1);
    const [view] = await home.untilAll('errored');
    expect(view!.restarts).toBe(2);
    expect(view!.reason).toMatch(/2.*10|window/);
  });
});
