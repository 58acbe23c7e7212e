import { setTimeout as delay } from 'node:timers/promises';
import { MAX_KEPT_EXITS, type InstanceView } from '../../src/model/instance';
import { isAlive } from '../../src/platform';
import { connectIfRunning } from '../../src/satan';
import { endsWithoutSuccessor, godsOf, killGod } from '../rig/gods';
import { app, createHome, type TestHome } from '../rig/home';
import { sharedAddresses } from '../rig/addresses';
import { watchDescriptors } from '../rig/descriptors';
import { violations, watchCrowds, workersOf } from '../rig/invariants';
import { seeded, type Random } from '../rig/random';
import { until } from '../rig/wait';

/*
 * A user, and fate, at random but repeatably: PM_TEST_SEED=<n> PM_TEST_OPERATIONS=<n> runs one seed again. What is
 * expected is a model of a few lines; what must hold after each step are the invariants.
 */

const isLong = process.env['PM_TEST_LONG'] === '1';
const given = process.env['PM_TEST_SEED'];
const OPERATIONS = Number(process.env['PM_TEST_OPERATIONS'] ?? (isLong ? 500 : 25));
const SEEDS = isLong && given === undefined ? Array.from({ length: 10 }, (_, n) => 1000 + n) : [undefined];

/** What the user wants: how many instances of which app, and whether they run. */
type Model = Map<string, { instances: number; mode: 'fork' | 'cluster'; isOn: boolean }>;

interface Run {
  readonly home: TestHome;
  readonly random: Random;
  readonly model: Model;
  /** The instances that were there before the step. */
  before: readonly InstanceView[];
  /** Leaks of God and shims since the first step. */
  readonly leaks: () => readonly string[];
}

/** By God itself, not by `pm list`: fifty looks a step would cost a minute each. */
async function listOf(home: TestHome): Promise<InstanceView[]> {
  const satan = await connectIfRunning(home, { deadlineMs: 2000 });
  if (satan === null) throw new Error('no God');
  try {
    return [...(await satan.call('list', {})).instances].sort((a, b) => a.id - b.id);
  } finally {
    satan.close();
  }
}

const inShort = (views: readonly InstanceView[]): unknown =>
  views.map(({ id, name, pid, restarts, status, reason }) => ({ id, name, pid, restarts, status, reason }));

/**
 * The list is the same as before the step. Ends may have come in addition: that of a replaced worker can be told after it has
 * gone. None may be forgotten, but for the oldest of as many as are kept.
 */
function expectUnchanged(now: readonly InstanceView[], before: readonly InstanceView[]): void {
  expect(inShort(now)).toEqual(inShort(before));
  for (const [index, { exits }] of before.entries()) {
    const told = now[index]?.exits ?? [];
    if (told.length < MAX_KEPT_EXITS) expect(told.slice(0, exits.length)).toEqual(exits);
    else expect(exits.length).toBeLessThanOrEqual(told.length);
  }
}

const wanted = (model: Model): string[] =>
  [...model].flatMap(([name, { instances, isOn }]) =>
    Array.from({ length: instances }, () => `${name} ${isOn ? 'online' : 'stopped'}`),
  );

/** Waits until what is there is what is wanted, and every invariant holds. */
async function untilQuiet({ home, model, leaks }: Run): Promise<InstanceView[]> {
  return until(
    'what is there is what is wanted',
    async () => {
      const views = await listOf(home);
      expect(views.map(({ name, status }) => `${name} ${status}`).sort()).toEqual(wanted(model).sort());
      expect(violations(home, views)).toEqual([]);
      // Only now: what has come half way, or is going, has fewer descriptors than it needs.
      expect(leaks()).toEqual([]);
      return views;
    },
    { deadlineMs: 30_000 },
  );
}

const onlineOf = (run: Run): InstanceView[] => run.before.filter(({ status }) => status === 'online');
const nameOf = ({ model, random }: Run): string => random.pick([...model.keys()]);

type Step = (run: Run) => Promise<string>;

const command = async ({ home }: Run, ...args: readonly string[]): Promise<string> => {
  await home.ok(args);
  return args.join(' ');
};

const start: Step = async (run) => {
  const { model, random } = run;
  const name = `app${random.below(1000)}`;
  const mode = random.pick(['fork', 'cluster'] as const);
  const instances = mode === 'cluster' ? 1 + random.below(3) : 1;
  model.set(name, { instances, mode, isOn: true });
  const script = app(random.pick(['server.js', 'idle.js']));
  const spec = { name, script, exec_mode: mode, instances, min_uptime: 100, listen_timeout: 1000 };
  return command(run, 'start', run.home.write(`${name}.json`, JSON.stringify(spec)));
};

const stop: Step = (run) => {
  const name = nameOf(run);
  run.model.set(name, { ...run.model.get(name)!, isOn: false });
  return command(run, 'stop', name);
};

const remove: Step = (run) => {
  const name = nameOf(run);
  run.model.delete(name);
  return command(run, 'delete', name);
};

const renew: Step = (run) => {
  const name = nameOf(run);
  run.model.set(name, { ...run.model.get(name)!, isOn: true });
  return command(run, run.random.pick(['restart', 'reload']), name);
};

const scale: Step = async (run) => {
  const name = nameOf(run);
  const known = run.model.get(name)!;
  const instances = 1 + run.random.below(4);
  // Only those that are added are started by it.
  if (instances === known.instances || !known.isOn) return 'nothing to scale';
  run.model.set(name, { ...known, instances });
  return command(run, 'scale', name, String(instances));
};

/** A command, and God dies while it is carried out: the next one goes on, and the command ends well. */
const killWithin =
  (step: Step): Step =>
  async (run) => {
    const waitMs = run.random.below(300);
    const [said] = await Promise.all([step(run), delay(waitMs).then(() => killGod(run.home))]);
    if (endsWithoutSuccessor(run.home)) await run.home.ok(['ping']);
    return `${said}, God killed after ${waitMs} ms`;
  };

const crash: Step = async (run) => {
  const online = onlineOf(run);
  if (online.length === 0) return 'nobody to crash';
  const { id, pid } = run.random.pick(online);
  process.kill(pid, 'SIGKILL');
  await until('another worker', async () => {
    const now = (await listOf(run.home)).find((view) => view.id === id);
    return now?.status === 'online' && now.pid !== pid;
  });
  return `worker ${id} crashed`;
};

/** Nothing changes: the list is the same, but for those whose start is still being judged. */
const killOnly: Step = async (run) => {
  const { pid } = await killGod(run.home);
  if (run.random.below(3) === 0 || endsWithoutSuccessor(run.home)) await run.home.ok(['ping']);
  expectUnchanged(await until('the next God', () => listOf(run.home)), run.before);
  return `God ${pid} killed`;
};

/** The next God may be of another version; it is God all the same. */
const update: Step = async (run) => {
  await run.home.ok(['update']);
  expectUnchanged(await listOf(run.home), run.before);
  return 'updated';
};

const freeze: Step = async (run) => {
  const [god] = godsOf(run.home);
  if (god === undefined) return 'no God to freeze';
  process.kill(god.pid, 'SIGSTOP');
  await delay(300 + run.random.below(700));
  process.kill(god.pid, 'SIGCONT');
  expectUnchanged(await listOf(run.home), run.before);
  return `God ${god.pid} frozen for a while`;
};

const killShim: Step = async ({ home, random, before }) => {
  const shims = home.shims();
  if (shims.length === 0) return 'no shim to kill';
  const { id, process: shim } = random.pick(shims);
  const withGod = random.below(3) === 0;
  const gods = withGod ? godsOf(home) : [];
  for (const { pid } of gods) process.kill(pid, 'SIGSTOP');
  process.kill(shim.pid, 'SIGKILL');
  for (const { pid } of gods) process.kill(pid, 'SIGKILL');
  while ([shim, ...gods].some(isAlive)) await delay(1);
  // With the last shim nobody is there who would start another God.
  if (withGod) await home.ok(['ping']);
  return `shim ${id} killed${withGod ? ' together with God' : ''} (${before.length} instances)`;
};

const STEPS: readonly (readonly [weight: number, step: Step, needsApp: boolean])[] = [
  [3, start, false],
  [1, stop, true],
  [2, remove, true],
  [2, renew, true],
  [2, scale, true],
  [1, killWithin(start), false],
  [1, killWithin(remove), true],
  [2, killWithin(renew), true],
  [1, killWithin(scale), true],
  [3, crash, true],
  [3, killOnly, false],
  [1, freeze, false],
  [1, update, false],
  [1, killShim, true],
];

function chooseStep({ random, model }: Run): Step {
  // Enough apps to have something to do, few enough to have it done soon.
  const open = STEPS.filter(
    ([, step, needsApp]) => (!needsApp || model.size > 0) && (step !== start || model.size < 5),
  );
  const all = open.flatMap(([weight, step]) => Array.from({ length: weight }, () => step));
  return random.pick(all);
}

describe.each(SEEDS)('seed %s', (seed) => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  test(`${OPERATIONS} operations and kills at random leave nothing behind`, async () => {
    const random = seeded(seed);
    console.info(`seed ${random.seed}`);
    const run: Run = { home, random, model: new Map(), before: [], leaks: watchDescriptors(home) };
    await home.ok(['ping']);
    const crowds = watchCrowds(home);
    const said: string[] = [];
    try {
      for (let n = 0; n < OPERATIONS; n++) {
        said.push(await chooseStep(run)(run));
        run.before = await untilQuiet(run);
        expect(sharedAddresses(home)).toEqual([]);
      }
      expect(await crowds()).toEqual([]);
    } catch (error) {
      throw new Error(`seed ${random.seed}, after:\n${said.slice(-6).join('\n')}\n${String(error)}`, {
        cause: error,
      });
    }
    await home.ok(['delete', 'all']).catch(() => undefined);
    await until('no worker is left', () => workersOf(home).length === 0);
  }, 7_200_000);
});
