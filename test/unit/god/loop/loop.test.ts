import { commit } from '../../../../src/god/loop/commit';
import { beginOperation } from '../../../../src/god/loop/commands';
import { want } from '../../../../src/god/loop/desired';
import { renewTargets } from '../../../../src/god/handlers/restart';
import { scale } from '../../../../src/god/handlers/scale';
import { start } from '../../../../src/god/handlers/start';
import { endTargets } from '../../../../src/god/handlers/stop';
import { renewInstances } from '../../../../src/god/triggers/renew';
import { instancesOf, type App } from '../../../../src/god/core/world';
import { makeLoopBench, sampleSpec, type LoopBench } from '../samples';

let bench: LoopBench;

beforeEach(() => {
  bench = makeLoopBench();
});

const rolling = { targets: { selectors: ['all'] }, mode: 'rolling' };
const all = { targets: { selectors: ['all'] } };
/** Waits for it: what has to be on disk first takes a turn or two. */
const endOf = async (id: string) => (await bench.god.operations.poll(id, 1000, 2000)).outcome;
const outcomeOf = async (id: string) => (await bench.god.operations.poll(id, 0, 0)).outcome;

function onlineApp(instances = 1, changes = {}): App {
  const app = bench.addApp({ instances, ...changes });
  bench.start(app);
  for (const { record } of instancesOf(bench.god.world, app)) bench.boot(`${record.id}.1`);
  bench.takeActions();
  return app;
}

describe('start', () => {
  test('an instance is online, and admitted, when it has proven itself', async () => {
    const app = bench.addApp();
    const id = bench.start(app);
    expect(bench.states(app)).toEqual(['launching 0.1']);
    expect(await outcomeOf(id)).toBeNull();
    bench.boot('0.1');
    expect(bench.states(app)).toEqual(['online 0.1']);
    expect(bench.takeActions()).toContain('admit 0.1');
    expect(await outcomeOf(id)).toEqual({ error: null, instanceIds: [0], warnings: [] });
  });

  test('one that dies at once is no error of the command, but is told', async () => {
    const app = bench.addApp();
    const id = bench.start(app);
    bench.exit('0.1', { uptimeMs: 40 });
    expect(bench.states(app)).toEqual(['launching 0.2']);
    expect(await outcomeOf(id)).toMatchObject({
      error: null,
      warnings: ['api#0 exited with code 1; restart at once (1st quick exit)'],
    });
  });

  test('one that cannot be started at all is an error', async () => {
    const id = bench.start(bench.addApp());
    bench.tell({ type: 'spawn-failed', key: '0.1', error: 'spawn ENOENT' });
    expect((await outcomeOf(id))?.error).toMatchObject({ code: 'START_FAILED' });
  });

  test('one that is slow goes on: who waits is told, and a later proof counts', async () => {
    const app = bench.addApp({ waitReady: true });
    const id = bench.start(app);
    bench.tell({ type: 'started', key: '0.1', process: { pid: 7, startTicks: 1 } });
    bench.clock.nowMs += 3000;
    bench.god.enqueue({ type: 'look-again', key: '0.1' });
    expect(bench.states(app)).toEqual(['launching 0.1']);
    const outcome = await outcomeOf(id);
    expect(outcome?.error).toBeNull();
    expect(outcome?.warnings).toEqual([expect.stringMatching(/^Not proven yet: api#0: no ready message/)]);
    bench.takeActions();
    bench.tell({ type: 'ready', key: '0.1' });
    expect(bench.states(app)).toEqual(['online 0.1']);
    expect(bench.takeActions()).toContain('admit 0.1');
  });

  test('how long it took is kept, and its successor is given three times that', () => {
    const app = bench.addApp({ execMode: 'cluster' });
    bench.start(app);
    bench.tell({ type: 'started', key: '0.1', process: { pid: 7, startTicks: 1 } });
    bench.clock.nowMs += 5000;
    bench.tell({ type: 'listening', key: '0.1', address: { port: 3000, address: null, family: 6 } });
    expect(instancesOf(bench.god.world, app)[0]?.record.processes).toMatchObject([{ tookMs: 5000 }]);
    bench.exit('0.1');
    bench.tell({ type: 'started', key: '0.2', process: { pid: 8, startTicks: 2 } });
    expect(bench.god.world.workers.get('0.2')?.predecessor).toMatchObject({ tookMs: 5000 });
  });
});

describe('crash', () => {
  test('one that closes its server before it ends has a successor that has to listen all the same', () => {
    const app = onlineApp();
    bench.tell({ type: 'closed', key: '0.1', address: { port: 3000, address: null, family: 6 } });
    bench.exit('0.1', { code: 0 });
    bench.tell({ type: 'started', key: '0.2', process: { pid: 9, startTicks: 1 } });
    bench.clock.nowMs += 1500;
    bench.god.enqueue({ type: 'look-again', key: '0.2' });
    expect(bench.states(app)).toEqual(['launching 0.2']);
    bench.tell({ type: 'listening', key: '0.2', address: { port: 3000, address: null, family: 6 } });
    expect(bench.states(app)).toEqual(['online 0.2']);
  });

  test('each exit is kept with its cause, what was decided and the last words', () => {
    const app = onlineApp();
    bench.exit('0.1', { code: null, signal: 'SIGKILL' });
    expect(bench.states(app)).toEqual(['launching 0.2']);
    expect(instancesOf(bench.god.world, app)[0]?.record).toMatchObject({
      restarts: 1,
      exits: [
        { signal: 'SIGKILL', cause: 'signal', decision: 'restart at once', stderrTail: ['Error: no config'] },
      ],
    });
  });

  test('a broken app ends in errored, waits in between, and stays there until it is started again', () => {
    const app = bench.addApp({ maxRestarts: 3 });
    bench.start(app);
    bench.exit('0.1', { uptimeMs: 40 });
    bench.exit('0.2', { uptimeMs: 40 });
    expect(bench.states(app)).toEqual(['waiting']);
    bench.god.enqueue({ type: 'wait-over', instanceId: 0 });
    bench.exit('0.3', { uptimeMs: 40 });
    expect(bench.states(app)).toEqual(['errored']);
    expect(instancesOf(bench.god.world, app)[0]?.record).toMatchObject({ restarts: 2, desired: 'running' });
    bench.start(app);
    expect(bench.states(app)).toEqual(['launching 0.4']);
    expect(instancesOf(bench.god.world, app)[0]?.record.counters.quickExits).toBe(0);
  });

  test('one that is done is not meant to run any more, so a new God leaves it alone', () => {
    const app = onlineApp(1, { autorestart: false });
    bench.exit('0.1', { code: 0 });
    expect(bench.states(app)).toEqual(['stopped']);
    expect(instancesOf(bench.god.world, app)[0]?.record).toMatchObject({
      desired: 'stopped',
      restReason: 'autorestart is off',
    });
  });

  test('an exit that is told twice counts once', () => {
    const app = onlineApp();
    bench.exit('0.1');
    bench.exit('0.1');
    expect(instancesOf(bench.god.world, app)[0]?.record).toMatchObject({ restarts: 1, exits: [{}] });
  });

  test('the loss of a shim ends its workers, and they are started again', () => {
    const app = onlineApp(2);
    bench.god.enqueue({ type: 'shim-lost', shimId: 'c-1', why: 'its process 9 is gone' });
    expect(bench.states(app)).toEqual(['launching 0.2', 'launching 1.2']);
    expect(bench.takeActions()).toContain('end-orphan 0.1');
  });
});

describe('stop and delete', () => {
  test('a stopped one stays on the list', async () => {
    const app = onlineApp();
    const { operationId } = await endTargets(bench.god, 'stopped', all);
    expect(bench.takeActions()).toEqual(['retire 0.1 (stop)', 'close-listeners']);
    bench.exit('0.1', { code: null, signal: 'SIGINT' });
    expect(bench.states(app)).toEqual(['stopped']);
    expect(bench.takeActions()).toContain('dismiss-shim');
    expect(await outcomeOf(operationId)).toMatchObject({ error: null });
  });

  test('a deleted one leaves it, and ids begin at 0 again', async () => {
    onlineApp();
    const { operationId } = await endTargets(bench.god, 'deleted', all);
    bench.exit('0.1', { code: null, signal: 'SIGINT' });
    expect(bench.god.world.instances.size + bench.god.store.state.apps.length).toBe(0);
    expect(bench.god.store.state.nextInstanceId).toBe(0);
    expect(await outcomeOf(operationId)).toMatchObject({ error: null });
  });

  test('a stop overtakes a start, which is told so', async () => {
    const app = bench.addApp();
    const first = bench.start(app);
    await endTargets(bench.god, 'stopped', all);
    expect((await outcomeOf(first))?.error?.code).toBe('SUPERSEDED');
    expect(bench.states(app)).toEqual(['stopping 0.1']);
  });

  test('a back-off is cancelled', async () => {
    const app = bench.addApp({ restartDelayMs: 5000 });
    bench.start(app);
    bench.exit('0.1');
    expect(bench.states(app)).toEqual(['waiting']);
    bench.takeActions();
    await endTargets(bench.god, 'stopped', all);
    expect(bench.states(app)).toEqual(['stopped']);
    expect(bench.takeActions()).toContain('cancel-wait');
    bench.god.enqueue({ type: 'wait-over', instanceId: 0 });
    expect(bench.states(app)).toEqual(['stopped']);
  });

  test('a start given up before the shim heard of it leaves no report', async () => {
    const app = bench.addApp();
    bench.start(app);
    bench.god.world.workers.get('0.1')!.sent = false;
    await endTargets(bench.god, 'stopped', all);
    bench.god.enqueue({ type: 'start-failed', key: '0.1', error: 'it was given up' });
    expect(bench.states(app)).toEqual(['stopped']);
    expect(instancesOf(bench.god.world, app)[0]?.record.exits).toEqual([]);
  });

  test('a full disk: the command fails and nothing has changed', async () => {
    const app = onlineApp();
    bench.disk.isFull = true;
    await expect(endTargets(bench.god, 'stopped', all)).rejects.toMatchObject({ code: 'STATE_NOT_SAVED' });
    expect(bench.states(app)).toEqual(['online 0.1']);
    expect(instancesOf(bench.god.world, app)[0]?.record.desired).toBe('running');
  });

  test.each([
    ['and stays so', async () => undefined],
    [
      'and is not any more',
      async () => {
        // The first write has begun, the second waits for it.
        await Promise.resolve();
        bench.disk.isFull = false;
      },
    ],
  ])('a full disk %s: of two commands on their way neither is done by half', async (_, next) => {
    const app = onlineApp();
    bench.disk.isFull = true;
    const first = endTargets(bench.god, 'stopped', all);
    await next();
    const both = await Promise.allSettled([first, endTargets(bench.god, 'deleted', all)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(bench.states(app)).toEqual(['online 0.1']);
    expect(bench.god.store.state).toMatchObject({ apps: [{ instances: [{ desired: 'running' }] }] });
    expect(bench.god.store.state.operations.filter(({ isOver }) => !isOver)).toEqual([]);
  });

  test('a reload that has ended while another command could not be written is not under way again', async () => {
    const app = onlineApp(2);
    const one = (id: string) => ({ targets: { selectors: [id] } });
    await renewTargets(bench.god, 'reload', one('0'));
    bench.disk.isFull = true;
    const stop = endTargets(bench.god, 'stopped', one('1'));
    bench.boot('0.2');
    await expect(stop).rejects.toMatchObject({ code: 'STATE_NOT_SAVED' });
    bench.disk.isFull = false;
    expect([app.rollout, app.record.rollout]).toEqual([null, null]);
    await renewTargets(bench.god, 'reload', one('0'));
    expect(bench.states(app)).toEqual(['replacing 0.2', 'online 1.1']);
  });

  test('a reload begins nothing more while a stop is on its way to disk', async () => {
    const app = onlineApp(2);
    const reload = await renewTargets(bench.god, 'reload', rolling);
    const stopping = endTargets(bench.god, 'stopped', all);
    bench.boot('0.2');
    const stop = await stopping;
    expect(bench.states(app)).toEqual(['stopping 0.2', 'stopping 1.1']);
    for (const key of ['0.1', '0.2', '1.1']) bench.exit(key, { code: 0 });
    expect(bench.states(app)).toEqual(['stopped', 'stopped']);
    expect(await outcomeOf(stop.operationId)).toMatchObject({ error: null });
    expect((await outcomeOf(reload.operationId))?.error).toMatchObject({ code: 'SUPERSEDED' });
  });

  test('a reload goes on when the stop that was to overtake it could not be written', async () => {
    const app = onlineApp(2);
    const reload = await renewTargets(bench.god, 'reload', rolling);
    bench.disk.isFull = true;
    const stop = endTargets(bench.god, 'stopped', { targets: { selectors: ['1'] } });
    bench.boot('0.2');
    await expect(stop).rejects.toMatchObject({ code: 'STATE_NOT_SAVED' });
    expect(bench.states(app)).toEqual(['online 0.2', 'replacing 1.1']);
    bench.boot('1.2');
    expect(await outcomeOf(reload.operationId)).toMatchObject({ error: null });
  });

  test('a command that is refused begins nothing of another that is on its way to disk', async () => {
    const app = onlineApp();
    const stop = endTargets(bench.god, 'stopped', all);
    await expect(
      endTargets(bench.god, 'stopped', { targets: { selectors: ['nobody'] } }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(bench.states(app)).toEqual(['online 0.1']);
    await stop;
    expect(bench.states(app)).toEqual(['stopping 0.1']);
  });

  test('a crash while the disk is full is answered all the same', () => {
    const app = onlineApp();
    bench.disk.isFull = true;
    bench.exit('0.1');
    expect(bench.states(app)).toEqual(['launching 0.2']);
  });
});

describe('reload', () => {
  test('each new worker proves itself before the old one goes', async () => {
    const app = onlineApp(2);
    const { operationId } = await renewTargets(bench.god, 'reload', rolling);
    expect(bench.takeActions()).toEqual(['start-worker 0.2']);
    bench.boot('0.2');
    expect(bench.takeActions()).toEqual(
      expect.arrayContaining(['admit 0.2', 'retire 0.1 (reload)', 'start-worker 1.2']),
    );
    bench.boot('1.2');
    expect(bench.states(app)).toEqual(['online 0.2', 'online 1.2']);
    expect(await outcomeOf(operationId)).toMatchObject({ error: null });
    bench.exit('0.1', { code: 0 });
    bench.exit('1.1', { code: 0 });
    const [first] = instancesOf(bench.god.world, app);
    expect(first?.record).toMatchObject({ restarts: 1, retiring: [], exits: [{ cause: 'reload' }] });
  });

  test('the first failure ends it: what serves goes on, the app is what it was, and the command fails', async () => {
    const app = onlineApp(2);
    const params = { ...all, env: { VERSION: '2' } };
    const { operationId } = await renewTargets(bench.god, 'reload', params);
    expect(app.record.rollout?.next).toMatchObject({ number: 2, spec: { env: { VERSION: '2' } } });
    bench.exit('0.2', { code: 7, uptimeMs: 40 });
    expect(bench.states(app)).toEqual(['online 0.1', 'online 1.1']);
    expect(app.record).toMatchObject({ lastRolloutError: 'api#0: exited with code 7', rollout: null });
    expect(app.record).toMatchObject({
      spec: { env: {} },
      generation: { number: 1 },
      others: [{ number: 2, failure: 'exited with code 7', spec: { env: { VERSION: '2' } } }],
    });
    expect((await outcomeOf(operationId))?.error).toMatchObject({
      code: 'ROLLOUT_FAILED',
      message: 'Reload failed at api#0: exited with code 7\nLast lines of its stderr:\n  Error: no config',
    });
  });

  test('a candidate that never listens is ended, and the reload fails with its last words', async () => {
    const app = onlineApp();
    const { operationId } = await renewTargets(bench.god, 'reload', all);
    bench.tell({ type: 'started', key: '0.2', process: { pid: 9, startTicks: 1 } });
    bench.clock.nowMs += 3000;
    bench.takeActions();
    bench.god.enqueue({ type: 'look-again', key: '0.2' });
    expect(bench.takeActions()).toContain('retire 0.2 (not ready)');
    expect(bench.states(app)).toEqual(['online 0.1']);
    expect(await outcomeOf(operationId)).toBeNull();
    bench.exit('0.2', { code: null, signal: 'SIGINT' });
    const message = expect.stringMatching(
      /^Reload failed at api#0: not listening.*\n.*\n {2}Error: no config$/s,
    );
    expect((await outcomeOf(operationId))?.error).toMatchObject({ code: 'ROLLOUT_FAILED', message });
  });

  test('what the old worker has closed meanwhile is not asked of the candidate, unless it was all', async () => {
    const passing = { port: 41234, address: null, family: 6 } as const;
    const main = { port: 3000, address: null, family: 6 } as const;
    const app = onlineApp();
    bench.tell({ type: 'listening', key: '0.1', address: passing });
    await renewTargets(bench.god, 'reload', all);
    bench.boot('0.2');
    expect(bench.states(app)).toEqual(['replacing 0.1']);
    bench.tell({ type: 'closed', key: '0.1', address: passing });
    expect(bench.states(app)).toEqual(['online 0.2']);
    await renewTargets(bench.god, 'reload', all);
    bench.tell({ type: 'started', key: '0.3', process: { pid: 9, startTicks: 1 } });
    bench.tell({ type: 'closed', key: '0.2', address: main });
    bench.clock.nowMs += 1500;
    bench.god.enqueue({ type: 'look-again', key: '0.3' });
    expect(bench.states(app)).toEqual(['replacing 0.2']);
  });

  test('the old worker dies meanwhile: the candidate takes its place, and the reload goes on with it', async () => {
    const app = onlineApp();
    const { operationId } = await renewTargets(bench.god, 'reload', all);
    bench.exit('0.1', { code: null, signal: 'SIGKILL' });
    expect(bench.states(app)).toEqual(['launching 0.2']);
    bench.boot('0.2');
    expect(bench.states(app)).toEqual(['online 0.2']);
    expect(await outcomeOf(operationId)).toMatchObject({ error: null });
  });

  test('a second reload is refused by name; a stop is not', async () => {
    const app = onlineApp(2);
    const { operationId } = await renewTargets(bench.god, 'reload', all);
    await expect(renewTargets(bench.god, 'reload', all)).rejects.toMatchObject({
      code: 'RELOAD_IN_PROGRESS',
    });
    await endTargets(bench.god, 'stopped', all);
    expect((await outcomeOf(operationId))?.error?.code).toBe('SUPERSEDED');
    expect(bench.takeActions()).toEqual(
      expect.arrayContaining(['retire 0.2 (given up)', 'retire 0.1 (stop)', 'retire 1.1 (stop)']),
    );
    bench.exit('0.1');
    bench.exit('1.1');
    bench.exit('0.2');
    expect(bench.states(app)).toEqual(['stopped', 'stopped']);
  });

  test('two apps reload side by side', async () => {
    onlineApp(1, { name: 'a' });
    onlineApp(1, { name: 'b' });
    await renewTargets(bench.god, 'reload', { targets: { selectors: ['a'] } });
    await renewTargets(bench.god, 'reload', { targets: { selectors: ['b'] } });
    expect(bench.takeActions()).toEqual(['start-worker 0.2', 'start-worker 1.2']);
  });

  test('fork-mode apps are stopped and started', async () => {
    const app = onlineApp(1, { execMode: 'fork' });
    const { operationId } = await renewTargets(bench.god, 'reload', all);
    expect(bench.takeActions()).toEqual(['retire 0.1 (reload)']);
    bench.exit('0.1', { code: 0 });
    bench.boot('0.2');
    expect(bench.states(app)).toEqual(['online 0.2']);
    expect(await outcomeOf(operationId)).toMatchObject({ error: null });
    expect(instancesOf(bench.god.world, app)[0]?.record.restarts).toBe(1);
  });
});

test('a trigger leaves an app alone whose shim is silent, and renews it when it answers', () => {
  const app = onlineApp();
  const [instance] = instancesOf(bench.god.world, app);
  const { state } = instance!;
  const renew = () =>
    renewInstances(bench.god, app, [instance!], 'reload', {
      cause: 'cron',
      reason: 'cron_restart * * * * *',
    });
  instance!.state = { name: 'unreachable', reason: 'its shim (pid 9) does not answer' };
  expect(renew()).toBe(false);
  expect(app.rollout).toBeNull();
  instance!.state = state;
  expect(renew()).toBe(true);
  expect(bench.states(app)).toEqual(['replacing 0.1']);
});

describe('atomic reload', () => {
  const atomic = { ...all, mode: 'atomic' };

  test('all are proven before the first is given a connection; then all are switched in one step', async () => {
    const app = onlineApp(3);
    const { operationId } = await renewTargets(bench.god, 'reload', { ...atomic, env: { VERSION: '2' } });
    expect(bench.takeActions()).toEqual(['start-worker 0.2', 'start-worker 1.2']);
    bench.boot('0.2');
    bench.boot('1.2');
    expect(bench.takeActions().filter((action) => action.startsWith('start-worker'))).toEqual([
      'start-worker 2.2',
    ]);
    expect(app.record.generation.number).toBe(1);
    bench.boot('2.2');
    expect(bench.states(app)).toEqual(['replacing 0.1', 'replacing 1.1', 'replacing 2.1']);
    expect(app.record).toMatchObject({ generation: { number: 2 }, spec: { env: { VERSION: '2' } } });
    expect(await endOf(operationId)).toMatchObject({ error: null });
    expect(bench.states(app)).toEqual(['online 0.2', 'online 1.2', 'online 2.2']);
    expect(bench.actions.find(({ kind }) => kind === 'switch')).toEqual({
      kind: 'switch',
      admit: ['0.2', '1.2', '2.2'],
      retire: ['0.1', '1.1', '2.1'].map((key) => ({ key, cause: 'reload' })),
    });
    expect(instancesOf(bench.god.world, app).map(({ record }) => record.generation)).toEqual([2, 2, 2]);
  });

  test.each(['0.2', '1.2', '2.2'])(
    'the failure of candidate %s ends them all, and nothing was changed',
    async (key) => {
      const app = onlineApp(3);
      const { operationId } = await renewTargets(bench.god, 'reload', { ...atomic, parallel: 3 });
      for (const other of ['0.2', '1.2', '2.2']) if (other !== key) bench.boot(other);
      bench.takeActions();
      bench.exit(key, { code: 7 });
      expect(bench.states(app)).toEqual(['online 0.1', 'online 1.1', 'online 2.1']);
      expect(bench.takeActions().filter((action) => action.startsWith('retire'))).toEqual(
        ['0.2', '1.2', '2.2'].filter((other) => other !== key).map((other) => `retire ${other} (given up)`),
      );
      const { error } = (await endOf(operationId))!;
      expect(error).toMatchObject({
        code: 'ROLLOUT_FAILED',
        hint: expect.stringMatching(/nothing was changed/),
      });
    },
  );

  test('a candidate that was proven and dies before the switch fails it too', async () => {
    const app = onlineApp(2);
    const { operationId } = await renewTargets(bench.god, 'reload', atomic);
    bench.boot('0.2');
    bench.exit('0.2', { code: 7 });
    expect(bench.states(app)).toEqual(['online 0.1', 'online 1.1']);
    expect((await endOf(operationId))?.error).toMatchObject({ code: 'ROLLOUT_FAILED' });
  });

  test('whoever crashes before it was reached waits for the end, and comes back as what the app is then', async () => {
    const app = onlineApp(2);
    const { operationId } = await renewTargets(bench.god, 'reload', { ...atomic, env: { VERSION: '2' } });
    bench.exit('1.1', { code: 7 });
    expect(bench.states(app)).toEqual(['replacing 0.1', 'waiting']);
    bench.boot('0.2');
    await bench.god.store.save();
    await new Promise(setImmediate);
    expect(bench.states(app)).toEqual(['online 0.2', 'launching 1.2']);
    bench.boot('1.2');
    expect(await endOf(operationId)).toMatchObject({ error: null });
    expect(instancesOf(bench.god.world, app).map(({ record }) => record.generation)).toEqual([2, 2]);
  });

  test('and as the old version when the reload has failed', async () => {
    const app = onlineApp(2);
    await renewTargets(bench.god, 'reload', { ...atomic, env: { VERSION: '2' } });
    bench.exit('1.1', { code: 7 });
    bench.exit('0.2', { code: 7 });
    expect(bench.states(app)).toEqual(['online 0.1', 'launching 1.2']);
    expect(bench.god.world.workers.get('1.2')?.generation).toBe(1);
  });

  test('the old worker of a candidate that dies meanwhile leaves the place free until all are proven', async () => {
    const app = onlineApp(2);
    const { operationId } = await renewTargets(bench.god, 'reload', atomic);
    bench.exit('0.1', { code: 7 });
    expect(bench.states(app)).toEqual(['awaiting', 'online 1.1']);
    bench.boot('0.2');
    bench.boot('1.2');
    expect(await endOf(operationId)).toMatchObject({ error: null });
    expect(bench.states(app)).toEqual(['online 0.2', 'online 1.2']);
  });

  test('a switch that cannot be written does not happen', async () => {
    const app = onlineApp(2);
    const { operationId } = await renewTargets(bench.god, 'reload', { ...atomic, env: { VERSION: '2' } });
    bench.disk.isFull = true;
    bench.boot('0.2');
    bench.boot('1.2');
    const { error } = (await endOf(operationId))!;
    expect(error).toMatchObject({ code: 'ROLLOUT_FAILED' });
    expect(bench.states(app)).toEqual(['online 0.1', 'online 1.1']);
    expect(app.record).toMatchObject({ generation: { number: 1 }, spec: { env: {} } });
  });
});

describe('rolling reload', () => {
  test('a failure takes the renewed ones back to the generation before', async () => {
    const app = onlineApp(2);
    const { operationId } = await renewTargets(bench.god, 'reload', { ...rolling, env: { VERSION: '2' } });
    bench.boot('0.2');
    expect(bench.states(app)).toEqual(['online 0.2', 'replacing 1.1']);
    bench.exit('1.2', { code: 7 });
    expect(bench.states(app)).toEqual(['replacing 0.2', 'online 1.1']);
    expect(bench.god.world.workers.get('0.3')?.generation).toBe(1);
    bench.boot('0.3');
    expect(bench.states(app)).toEqual(['online 0.3', 'online 1.1']);
    const { error } = (await outcomeOf(operationId))!;
    expect(error).toMatchObject({
      code: 'ROLLOUT_FAILED',
      hint: expect.stringMatching(/The version before serves\. api#0 was taken back/),
    });
    expect(instancesOf(bench.god.world, app).map(({ record }) => record.generation)).toEqual([1, 1]);
  });

  test('an instance that crashes comes back as its own generation', async () => {
    const app = onlineApp(3);
    await renewTargets(bench.god, 'reload', { ...rolling, parallel: 1, env: { VERSION: '2' } });
    bench.boot('0.2');
    bench.exit('2.1', { code: 7 });
    bench.exit('0.2', { code: 7 });
    expect(bench.god.world.workers.get('2.2')?.generation).toBe(1);
    expect(bench.god.world.workers.get('0.3')?.generation).toBe(2);
    expect(bench.states(app)).toEqual(['launching 0.3', 'replacing 1.1', 'launching 2.2']);
  });
});

describe('restart', () => {
  test('a cluster goes on serving: one instance after the other', async () => {
    const app = onlineApp(2);
    const { operationId } = await renewTargets(bench.god, 'restart', all);
    expect(bench.takeActions()).toEqual(['retire 0.1 (restart)']);
    bench.exit('0.1', { code: 0 });
    bench.boot('0.2');
    expect(bench.states(app)).toEqual(['online 0.2', 'stopping 1.1']);
    bench.exit('1.1', { code: 0 });
    bench.boot('1.2');
    expect(await outcomeOf(operationId)).toMatchObject({ error: null });
  });

  test('a failure leaves the rest as they are, and is an error', async () => {
    const app = onlineApp(2);
    const { operationId } = await renewTargets(bench.god, 'restart', all);
    bench.exit('0.1', { code: 0 });
    bench.exit('0.2', { uptimeMs: 40 });
    expect(bench.states(app)).toEqual(['launching 0.3', 'online 1.1']);
    expect((await outcomeOf(operationId))?.error?.message).toContain(
      '1 more was not restarted and goes on as before',
    );
  });

  test('of a single instance that dies at once it is only told, as PM2', async () => {
    onlineApp();
    const { operationId } = await renewTargets(bench.god, 'restart', all);
    bench.exit('0.1', { code: 0 });
    bench.exit('0.2', { uptimeMs: 40 });
    expect(await outcomeOf(operationId)).toMatchObject({
      error: null,
      warnings: [expect.stringContaining('exited with code 1')],
    });
  });

  test('a delete meets the long drain of a restart and shortens it', async () => {
    onlineApp();
    await renewTargets(bench.god, 'restart', all);
    bench.takeActions();
    await endTargets(bench.god, 'deleted', all);
    expect(bench.takeActions()).toEqual(['retire 0.1 (delete)', 'close-listeners']);
    bench.exit('0.1', { code: 0 });
    expect(bench.god.world.instances.size).toBe(0);
  });
});

describe('scale', () => {
  test('up: the lowest free slots; down: the highest go', async () => {
    const app = onlineApp(2);
    await scale(bench.god, { name: 'api', count: '+2' });
    expect(app.record.instances.map(({ id, slot }) => [id, slot])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    bench.boot('2.1');
    bench.boot('3.1');
    bench.takeActions();
    await scale(bench.god, { name: 'api', count: '1' });
    expect(bench.takeActions()).toEqual(['retire 1.1 (scale)', 'retire 2.1 (scale)', 'retire 3.1 (scale)']);
    for (const key of ['1.1', '2.1', '3.1']) bench.exit(key, { code: 0 });
    expect(app.record.instances.map(({ id }) => id)).toEqual([0]);
    expect(app.record.spec.instances).toBe(1);
  });

  test.each([
    ['2', 'NOTHING_TO_DO'],
    ['0', 'BAD_ARGUMENT'],
    ['-2', 'BAD_ARGUMENT'],
    ['many', 'BAD_ARGUMENT'],
  ])('to %s is refused: %s', async (count, code) => {
    onlineApp(2);
    await expect(scale(bench.god, { name: 'api', count })).rejects.toMatchObject({ code });
  });
});

describe('start by a file or script', () => {
  const params = (match: string, changes = {}) => ({
    apps: [sampleSpec(changes)],
    match,
    existing: 'restart',
    force: false,
  });

  test('the same script and name that runs is refused, and by force added', async () => {
    onlineApp();
    await expect(start(bench.god, params('script'))).rejects.toMatchObject({ code: 'ALREADY_LAUNCHED' });
    await start(bench.god, { ...params('script'), force: true });
    expect(bench.god.world.apps.size).toBe(2);
  });

  test('nothing of several is added when one is refused', async () => {
    onlineApp();
    const apps = [sampleSpec({ name: 'new' }), sampleSpec()];
    await expect(start(bench.god, { ...params('script'), apps })).rejects.toMatchObject({
      code: 'ALREADY_LAUNCHED',
    });
    expect([...bench.god.world.instances.keys()]).toEqual([0]);
    expect(bench.god.store.state).toMatchObject({ nextInstanceId: 1, nextAppNumber: 2 });
  });

  test('a known name is renewed with what the file says now, number of instances included', async () => {
    const app = onlineApp(1);
    const answer = await start(bench.god, params('name', { instances: 3, env: { A: '1' } }));
    expect(answer).toMatchObject({ started: [], restarted: ['api'] });
    expect(app.record.spec).toMatchObject({ instances: 3, env: { A: '1' } });
    expect(bench.takeActions()).toEqual(['start-worker 1.1', 'start-worker 2.1', 'retire 0.1 (restart)']);
  });

  test('autostart: false is added as stopped, and can be started', async () => {
    await start(bench.god, params('name', { autostart: false }));
    const [app] = bench.god.world.apps.values();
    expect(bench.states(app!)).toEqual(['stopped']);
    await renewTargets(bench.god, 'restart', all);
    expect(bench.states(app!)).toEqual(['launching 0.1']);
  });

  test('what is no app is refused by the names of its fields', async () => {
    const apps = [{ ...sampleSpec(), env: { A: 1 }, killTimeoutMs: 'soon' }];
    await expect(start(bench.god, { ...params('name'), apps })).rejects.toThrow(
      /wrong fields: .*killTimeoutMs/,
    );
  });
});

test('a bug in the handling of one event is said, and the next event is handled', () => {
  const app = onlineApp();
  bench.god.enqueue({
    type: 'command',
    run: () => {
      throw new Error('oh');
    },
  });
  bench.exit('0.1');
  expect(bench.lines.join('\n')).toContain('bug: event command failed: Error: oh');
  expect(bench.states(app)).toEqual(['launching 0.2']);
});

test('a change that is taken back is settled by what holds then', async () => {
  const app = onlineApp();
  bench.disk.isFull = true;
  const change = commit(bench.god, (undo) => want(undo, instancesOf(bench.god.world, app), 'stopped'));
  bench.exit('0.1');
  await expect(change).rejects.toMatchObject({ code: 'STATE_NOT_SAVED' });
  expect(bench.states(app)).toEqual(['launching 0.2']);
});

test('the steps of an operation are told in order, from where the asker is', async () => {
  const app = bench.addApp({ instances: 2 });
  const id = beginOperation(bench.god, { what: 'x', starts: instancesOf(bench.god.world, app) });
  bench.boot('0.1');
  const { steps } = await bench.god.operations.poll(id, 1, 0);
  expect(steps.map(({ index, label, text }) => `${index} ${label} ${text}`)).toEqual([
    '2 api#1 launching (starting)',
    '3 api#0 online (listening on :3000)',
  ]);
  const later = bench.god.operations.poll(id, 3, 10_000);
  bench.boot('1.1');
  expect((await later).outcome).toMatchObject({ error: null });
});
