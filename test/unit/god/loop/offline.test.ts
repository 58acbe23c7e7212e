import { instancesOf, type App } from '../../../../src/god/core/world';
import { makeLoopBench, type LoopBench } from '../samples';

let bench: LoopBench;
beforeEach(() => {
  bench = makeLoopBench();
});

function onlineApp(changes = {}): App {
  const app = bench.addApp(changes);
  bench.start(app);
  bench.boot('0.1');
  bench.takeActions();
  return app;
}
const offline = (key: string): void => bench.tell({ type: 'offline', key, why: 'uncaught exception' });

describe('a worker that says it leaves', () => {
  test('has a successor at once, and its own end changes nothing more', () => {
    const app = onlineApp();
    offline('0.1');
    expect(bench.states(app)).toEqual(['launching 0.2']);
    expect(bench.takeActions()).toEqual(['remove-pid-file', 'retire 0.1 (offline)', 'start-worker 0.2']);
    bench.boot('0.2');
    bench.exit('0.1', { code: 1 });
    expect(bench.states(app)).toEqual(['online 0.2']);
    expect(instancesOf(bench.god.world, app)[0]?.record).toMatchObject({
      restarts: 1,
      exits: [{ code: 1, cause: 'offline', words: 'it went offline: uncaught exception' }],
    });
  });

  test('is counted by the restart limits', () => {
    const app = onlineApp({ maxRestarts: 1, minUptimeMs: 60_000 });
    offline('0.1');
    expect(bench.states(app)).toEqual(['errored']);
    expect(bench.takeActions()).toContain('retire 0.1 (offline)');
  });

  test('without listeners that are held it goes before its successor comes', () => {
    const app = onlineApp({ execMode: 'fork' });
    offline('0.1');
    expect(bench.states(app)).toEqual(['stopping 0.1']);
    bench.exit('0.1', { code: 0 });
    expect(bench.states(app)).toEqual(['launching 0.2']);
    expect(instancesOf(bench.god.world, app)[0]?.record.counters.restartTimesMs).toHaveLength(1);
  });

  test('has failed if it had not proven itself', () => {
    const app = bench.addApp({ waitReady: true });
    bench.start(app);
    bench.boot('0.1');
    offline('0.1');
    expect(bench.states(app)).toEqual(['stopping 0.1']);
    bench.exit('0.1');
    expect(instancesOf(bench.god.world, app)[0]?.record.exits).toMatchObject([{ cause: 'not ready' }]);
  });

  test('is left alone when it is being ended anyway', () => {
    const app = onlineApp();
    bench.god.enqueue({
      type: 'command',
      run: () => {
        const [instance] = instancesOf(bench.god.world, app);
        instance!.record.desired = 'stopped';
      },
    });
    offline('0.1');
    bench.exit('0.1');
    expect(bench.states(app)).toEqual(['stopped']);
  });
});
