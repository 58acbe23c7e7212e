import { ladderFor, longestEndMs } from '../../../../src/god/effects/ladder';
import { makeLaunchSlots } from '../../../../src/god/effects/launch-slots';
import { describeStart } from '../../../../src/god/effects/worker-start';
import { newInstanceRecord } from '../../../../src/god/store/records';
import { homeAt } from '../../../../src/home/paths';
import type { AppSpec } from '../../../../src/model/app-spec';
import type { ExitCause } from '../../../../src/model/instance';
import { FACT_VARIABLES } from '../../../../src/model/variables';
import { sampleSpec } from '../samples';

test.each<['fork' | 'cluster', ExitCause, number]>([
  ['cluster', 'reload', 30_000],
  ['cluster', 'restart', 30_000],
  ['cluster', 'scale', 30_000],
  ['cluster', 'stop', 1600],
  ['cluster', 'delete', 1600],
  ['cluster', 'not ready', 0],
  ['fork', 'reload', 0],
  ['fork', 'stop', 0],
])('a %s worker that is ended for %s drains for %d ms', (execMode, cause, drainMs) => {
  expect(ladderFor(sampleSpec({ execMode }), cause, 'SIGINT')).toEqual({
    drainMs,
    lookEveryMs: 100,
    signal: 'SIGINT',
    killAfterMs: 1600,
    tree: true,
  });
});

test('kill_signal goes before the signal of God', () => {
  expect(ladderFor(sampleSpec({ killSignal: 'SIGTERM' }), 'stop', 'SIGINT').signal).toBe('SIGTERM');
});

test('an own, shorter drain is not prolonged by a stop', () => {
  expect(ladderFor(sampleSpec({ drainTimeoutMs: 500 }), 'stop', 'SIGINT').drainMs).toBe(500);
});

test('a message goes instead of the signal', () => {
  const ladder = ladderFor(sampleSpec({ shutdownWithMessage: true, treekill: false }), 'stop', 'SIGINT');
  expect(ladder).toMatchObject({ signal: null, message: 'shutdown', tree: false });
});

test('the longest end is more than drain and kill together', () => {
  expect(longestEndMs(sampleSpec(), 'reload')).toBeGreaterThan(31_600);
});

const startOf = (changes: Partial<AppSpec> = {}) =>
  describeStart({
    key: '3.1',
    spec: sampleSpec(changes),
    record: newInstanceRecord({ id: 3, slot: 1, desired: 'running', uniqueId: 'u-1', nowMs: 5 }),
    home: homeAt('/home/me/.pm'),
    nowMs: 9,
  });

test('a worker gets its own variables and what scripts rely on, and nothing of the environment of God', () => {
  process.env['PM_TEST_LEAK'] = 'secret';
  const { env } = startOf({ env: { PORT: '80' } });
  delete process.env['PM_TEST_LEAK'];
  expect(env).toMatchObject({
    PORT: '80',
    name: 'api',
    namespace: 'default',
    pm_id: '3',
    NODE_APP_INSTANCE: '1',
    PM_HOME: '/home/me/.pm',
    PM_USAGE: 'CLI',
    exec_mode: 'cluster_mode',
    instances: '1',
    unique_id: 'u-1',
    status: 'launching',
  });
  expect(env).not.toHaveProperty('PM_TEST_LEAK');
  expect(Object.values(env).every((value) => typeof value === 'string')).toBe(true);
});

test('the number of the instance goes into the variable that was asked for', () => {
  expect(startOf({ instanceVar: 'WORKER' }).env).toMatchObject({ WORKER: '1' });
});

test.each<[string, Partial<AppSpec>, object]>([
  ['Node apps get the preload', { execMode: 'fork' }, { interpreter: '/usr/bin/node', preload: true }],
  ['by whatever path', { execMode: 'fork', interpreterPath: '/opt/v22/bin/node22' }, { preload: true }],
  [
    'others do not',
    { execMode: 'fork', interpreterPath: '/usr/bin/python3' },
    { interpreter: '/usr/bin/python3', preload: false },
  ],
  [
    'a binary runs itself',
    { execMode: 'fork', interpreterPath: 'none' },
    { interpreter: null, preload: false },
  ],
  ['no logs go nowhere', { disableLogs: true }, { logs: { outPath: null, errorPath: null } }],
  [
    'the logs of a cluster carry the id',
    {},
    { logs: { outPath: '/home/me/.pm/logs/api-out-3.log', errorPath: '/home/me/.pm/logs/api-error-3.log' } },
  ],
  ['a user by number', { uid: 65_000, gid: '65001' }, { uid: 65_000, gid: 65_001 }],
  ['a user by name', { uid: 'root' }, { uid: 0, gid: 0 }],
])('%s', (_, changes, expected) => {
  expect(startOf(changes)).toMatchObject(expected);
});

test('Python does not hold its output back', () => {
  expect(startOf({ interpreterPath: '/usr/bin/python3' }).env).toMatchObject({ PYTHONUNBUFFERED: '1' });
});

test('only so many workers boot at once, in the order of asking', async () => {
  const slots = makeLaunchSlots(2, 0);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const boot = (number: number) =>
    slots.run(async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      order.push(number);
      running--;
    });
  await Promise.all([1, 2, 3, 4, 5].map(boot));
  expect(order).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test('a start that takes too long keeps its slot from nobody, and gives it back once', async () => {
  const slots = makeLaunchSlots(1, 0, 20);
  let end = (): void => undefined;
  const frozen = slots.run(() => new Promise((resolve) => (end = resolve)));
  let running = 0;
  const next = async (): Promise<void> => {
    expect(++running).toBe(1);
    await new Promise(setImmediate);
    running--;
  };
  await slots.run(next);
  end();
  await frozen;
  await Promise.all([slots.run(next), slots.run(next)]);
});

test('a start that fails gives its slot back', async () => {
  const slots = makeLaunchSlots(1, 0);
  await expect(slots.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(slots.run(() => Promise.resolve())).resolves.toBeUndefined();
});

test('every fact that a worker is told is known as one: no app inherits it from another', () => {
  const { env } = startOf({ env: {} });
  const unknown = Object.keys(env).filter(
    (name) => !FACT_VARIABLES.has(name) && !name.startsWith('PM_WORKER'),
  );
  expect(unknown).toEqual([]);
});
