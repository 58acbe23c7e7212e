import { killGod } from '../../rig/gods';
import { createHome, type TestHome } from '../../rig/home';
import { freePort, get } from '../../rig/http';
import { openPuppets, type Puppet, type Puppets } from '../../rig/puppets';
import { until } from '../../rig/wait';

const COUNT = 4;

/** Whoever answers one client that asks again and again, each time on a connection of its own. */
interface Watch {
  /** Pids in the order of the answers. */
  readonly answers: string[];
  /** What a worker executes when it is killed dies with it: a test that kills one that serves may see that. */
  readonly failures: string[];
  /** Resolves when it has been answered that many times more. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

function watch(port: number): Watch {
  const answers: string[] = [];
  let isStopped = false;
  const failures: string[] = [];
  const asking = (async () => {
    // `stop` changes it meanwhile.
    while (!(isStopped as boolean)) {
      await get({ port }).then(
        ({ body }) => answers.push(body),
        (error: unknown) => failures.push(String(error)),
      );
    }
  })();
  return {
    answers,
    failures,
    more: async (count) => {
      const from = answers.length;
      await until('more answers', () => answers.length >= from + count);
    },
    stop: async () => {
      isStopped = true;
      await asking;
    },
  };
}

describe('a reload is a transaction', () => {
  let home: TestHome;
  let puppets: Puppets;
  let port: number;
  let old: Puppet[];
  let load: Watch;
  beforeEach(async () => {
    home = createHome();
    port = await freePort();
    puppets = await openPuppets(home);
    old = [];
    const env = { ...puppets.env, VERSION: '1' };
    const options = ['--name', 'web', '-i', String(COUNT), '--listen-timeout', '20s'];
    const started = home.ok(['start', puppets.script, ...options], { env });
    for (let n = 0; n < COUNT; n++) {
      const puppet = await puppets.next();
      await puppet.tell('listen', port);
      old.push(puppet);
    }
    await started;
    load = watch(port);
    await load.more(2);
  });
  afterEach(async () => {
    await load.stop();
    await home.dispose();
    await puppets.close();
  });

  const reload = (...more: string[]) =>
    home.pm(['reload', 'web', '--mode', 'atomic', '--parallel', String(COUNT), '--update-env', ...more], {
      env: { ...puppets.env, VERSION: '2' },
    });

  /** Candidates by the number of their instance. */
  const candidates = async (count = COUNT): Promise<Map<number, Puppet>> => {
    const found = new Map<number, Puppet>();
    for (let n = 0; n < count; n++) {
      const puppet = await puppets.next();
      found.set(Number(puppet.env['NODE_APP_INSTANCE']), puppet);
    }
    return found;
  };

  const oldPids = (): number[] => old.map(({ pid }) => pid).sort();
  const pids = async (): Promise<number[]> => (await home.list()).map(({ pid }) => pid).sort();

  /** Every instance serves the old version, and nobody has seen another. */
  const nothingWasChanged = async (): Promise<void> => {
    await load.more(2 * COUNT);
    const known = new Set(old.map(({ pid }) => String(pid)));
    expect(load.answers.filter((pid) => !known.has(pid))).toEqual([]);
    const views = await home.untilAll('online');
    expect(views.map(({ generation }) => generation)).toEqual(views.map(() => 1));
  };

  test.each([0, 1, COUNT - 1])(
    'instance %i fails: nothing was changed, and the command says why',
    async (failing) => {
      const reloading = reload();
      const found = await candidates();
      for (const [slot, puppet] of found) if (slot !== failing) await puppet.tell('listen', port);
      await found.get(failing)!.tell('complain', 'Error: the database is of another version\n');
      await found.get(failing)!.tell('exit', 7);
      const { code, stderr } = await reloading;
      expect(code).toBe(1);
      expect(stderr).toMatch(new RegExp(`Reload failed at web#${failing}: exited with code 7`));
      expect(stderr).toContain('Error: the database is of another version');
      expect(stderr).toContain('nothing was changed');
      await nothingWasChanged();
      expect(await pids()).toEqual(oldPids());
      for (const puppet of found.values()) await puppet.gone;
    },
  );

  test.each(['before the others are ready', 'after the others are ready'])(
    'an instance that was not reached yet crashes %s: it waits, and comes back as the old version',
    async (when) => {
      const reloading = home.pm(['reload', 'web', '--mode', 'atomic', '--parallel', '1', '--update-env'], {
        env: { ...puppets.env, VERSION: '2' },
      });
      const first = await puppets.next();
      const last = old.find(({ env }) => env['NODE_APP_INSTANCE'] === String(COUNT - 1))!;
      let second: Puppet | undefined;
      if (when === 'after the others are ready') {
        await first.tell('listen', port);
        second = await puppets.next();
      }
      await last.tell('exit', 5);
      await last.gone;
      await until('it waits', async () => (await home.view(COUNT - 1)).reason.includes('end of the reload'));
      await (second ?? first).tell('exit', 7);
      expect((await reloading).code).toBe(1);
      const back = await puppets.next();
      expect(back.env).toMatchObject({ VERSION: '1', NODE_APP_INSTANCE: String(COUNT - 1) });
      await back.tell('listen', port);
      old.push(back);
      await nothingWasChanged();
    },
  );

  test('the old worker of a candidate crashes: its place stays free until all are ready, and then all are new', async () => {
    const reloading = reload();
    const found = await candidates();
    const victim = old[0]!;
    await victim.tell('exit', 5);
    await victim.gone;
    const own = found.get(Number(victim.env['NODE_APP_INSTANCE']))!;
    await own.tell('listen', port);
    await load.more(COUNT);
    expect(load.answers).not.toContain(String(own.pid));
    for (const puppet of found.values()) if (puppet !== own) await puppet.tell('listen', port);
    expect((await reloading).code).toBe(0);
    expect(await pids()).toEqual([...found.values()].map(({ pid }) => pid).sort());
  });

  test('a candidate is killed when it was ready already', async () => {
    const reloading = reload();
    const found = await candidates();
    for (const slot of [0, 1, 2]) await found.get(slot)!.tell('listen', port);
    await until('it is ready', async () => (await home.view(0)).reason.includes('waits for the others'));
    process.kill(found.get(0)!.pid, 'SIGKILL');
    const { code, stderr } = await reloading;
    expect(code).toBe(1);
    expect(stderr).toMatch(/Reload failed at web#0: was ended by SIGKILL/);
    await nothingWasChanged();
    expect(await pids()).toEqual(oldPids());
  });

  test('God is killed while candidates prove themselves: his successor begins anew with them', async () => {
    const reloading = reload();
    const found = await candidates();
    for (const slot of [0, 1]) await found.get(slot)!.tell('listen', port);
    await killGod(home);
    const again = await candidates();
    for (const puppet of found.values()) await puppet.gone;
    for (const slot of [0, 1, 2]) await again.get(slot)!.tell('listen', port);
    await again.get(3)!.tell('exit', 7);
    const { code, stderr } = await reloading;
    expect(code).toBe(1);
    expect(stderr).toMatch(/Reload failed at web#3/);
    await nothingWasChanged();
    expect(await pids()).toEqual(oldPids());
  });

  test('on success no client sees an old one after a new one, and never fewer serve', async () => {
    const reloading = reload();
    const found = await candidates();
    for (const puppet of found.values()) await puppet.tell('listen', port);
    expect((await reloading).code).toBe(0);
    await load.more(2 * COUNT);
    expect(load.failures).toEqual([]);
    const isNew = load.answers.map((pid) => [...found.values()].some((puppet) => String(puppet.pid) === pid));
    expect(isNew.slice(isNew.indexOf(true))).not.toContain(false);
    const views = await home.list();
    expect(views.map(({ generation, restarts }) => [generation, restarts])).toEqual(views.map(() => [2, 1]));
  });
});
