import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dumpOf, loadDump } from '../../../../src/god/store/dump-file';
import { readFailpoints } from '../../../../src/platform';
import { emptyState, newInstanceRecord, type GodState } from '../../../../src/god/store/records';
import { recoverInstance } from '../../../../src/god/store/recover';
import { loadState } from '../../../../src/god/store/state-file';
import { makeStore } from '../../../../src/god/store/store';
import { sampleGeneration, sampleSpec } from '../samples';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pm-store-'));
  path = join(folder, 'state.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function stateWith(name: string): GodState {
  const { spec: _spec, failure: _failure, ...facts } = sampleGeneration(sampleSpec({ name }));
  const generation = { ...facts, number: 2 };
  const state = emptyState();
  const instance = newInstanceRecord({ id: 4, slot: 0, desired: 'running', uniqueId: 'u', nowMs: 5 });
  instance.retiring = [{ key: '4.1', cause: 'reload' }];
  instance.waiting = { untilMs: 9, reason: 'later' };
  state.apps.push({
    id: '3',
    spec: sampleSpec({ name }),
    generation,
    others: [
      { ...sampleGeneration(sampleSpec({ name: 'broken' })), number: 1, failure: 'exited with code 1' },
    ],
    firstInterpreter: '/usr/bin/node',
    createdAtMs: 5,
    lastRolloutError: 'it was bad',
    hasSaidReady: true,
    rollout: {
      id: '1-1',
      kind: 'reload',
      pending: [4],
      next: { ...sampleGeneration(sampleSpec({ name: 'after' })), number: 3 },
      previous: 2,
      mode: 'atomic',
      switching: { 4: '4.2' },
      incarnations: { 4: 1 },
      occasion: { cause: 'reload', reason: 'reloading' },
      parallel: null,
    },
    instances: [instance],
  });
  state.nextInstanceId = 5;
  state.nextAppNumber = 4;
  state.shims['fork'] = { process: { pid: 7, startTicks: 8 }, seq: 12 };
  return state;
}

const save = (state: GodState) => makeStore({ path, state, onFailure: () => undefined }).save();

test('what was saved is what is loaded', async () => {
  const state = stateWith('api');
  await save(state);
  expect(loadState(path)).toEqual({ state, source: 'file', warnings: [] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('without any file God begins with nothing, and says nothing', () => {
  expect(loadState(path)).toEqual({ state: emptyState(), source: 'none', warnings: [] });
});

describe('a file that cannot be used', () => {
  const damages: [string, (text: string) => string][] = [
    ['truncated', (text) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['not JSON', () => 'hello'],
    ['of another kind', () => '[1,2]'],
    ['from the future', (text) => text.replace('"version":1', '"version":2')],
  ];

  test.each(damages)('%s: the generation before it is taken, and the file is kept', async (_, damage) => {
    await save(stateWith('older'));
    await save(stateWith('newer'));
    const damaged = damage(readFileSync(path, 'utf8'));
    writeFileSync(path, damaged);
    const loaded = loadState(path);
    expect(loaded.source).toBe('backup');
    expect(loaded.state.apps[0]?.spec.name).toBe('older');
    expect(loaded.warnings.join('\n')).toContain('cannot be used');
    expect(readFileSync(`${path}.unreadable`, 'utf8')).toBe(damaged);
  });

  test('and no generation before it: nothing, loudly', () => {
    writeFileSync(path, '{');
    const loaded = loadState(path);
    expect(loaded).toMatchObject({ source: 'none', state: { apps: [] } });
    expect(loaded.warnings).toHaveLength(1);
  });
});

test('the generation before a damaged file outlives a God that dies in his first write', async () => {
  readFailpoints('god', { PM_FAILPOINTS: 'god:file.rename@death=error(EIO)', PM_FAILPOINTS_DIR: folder });
  await save(stateWith('older'));
  await save(stateWith('newer'));
  writeFileSync(path, '{');
  const { state } = loadState(path);
  writeFileSync(join(folder, 'phase.death'), '');
  await expect(save(state)).rejects.toThrow('EIO');
  expect(loadState(path).state.apps).toMatchObject([{ spec: { name: 'older' } }]);
  expect(readFileSync(`${path}.unreadable`, 'utf8')).toBe('{');
});

test('one damaged app costs that app only, and its ids are not given again', () => {
  const state = stateWith('api');
  writeFileSync(
    path,
    JSON.stringify({ ...state, apps: [...state.apps, { id: '9' }], nextInstanceId: 0, nextAppNumber: 0 }),
  );
  const loaded = loadState(path);
  expect(loaded.state.apps.map(({ id }) => id)).toEqual(['3']);
  expect(loaded.state).toMatchObject({ nextInstanceId: 5, nextAppNumber: 4 });
  expect(loaded.source).toBe('damaged file');
  expect(loaded.warnings.join()).toContain('entry 1');
  expect(existsSync(`${path}.unreadable`)).toBe(true);
});

test.each([
  ['an instance that wants what nobody knows', { desired: 'paused' }],
  ['an id that another has', { id: 4 }],
])('%s is left out, and said', (_, damage) => {
  const state = stateWith('api');
  const [app] = state.apps;
  const second = newInstanceRecord({ id: 5, slot: 1, desired: 'running', uniqueId: 'v', nowMs: 5 });
  const other = { ...app, id: '4', instances: [second, { ...second, id: 6, ...damage }] };
  writeFileSync(path, JSON.stringify({ ...state, apps: [app, other] }));
  const loaded = loadState(path);
  expect(loaded.source).toBe('damaged file');
  expect(loaded.state.apps.map(({ instances }) => instances.map(({ id }) => id))).toEqual([[4], [5]]);
  expect(loaded.warnings.join()).toContain('1 of the instances of entry 1');
});

test('what is damaged within an instance becomes what it should be, or nothing', () => {
  const state = stateWith('api');
  const [app] = state.apps;
  const exit = { atMs: 5, cause: 'crash', words: {}, stderrTail: 'Error', code: '1', pid: 'x' };
  const damaged = {
    ...app!.instances[0],
    exits: [{ atMs: 4 }, 7, exit],
    retiring: [{ key: '4.1' }, { cause: 'stop' }],
  };
  const rollout = { ...app!.rollout, incarnations: { 4: 'one' } };
  writeFileSync(path, JSON.stringify({ ...state, apps: [{ ...app, rollout, instances: [damaged] }] }));
  const [loaded] = loadState(path).state.apps;
  expect(loaded?.rollout?.incarnations).toEqual({});
  expect(loaded?.instances[0]).toMatchObject({ retiring: [{ key: '4.1', cause: 'stop' }] });
  expect(loaded?.instances[0]?.exits).toEqual([
    { atMs: 5, pid: 0, code: null, signal: null, uptimeMs: 0, cause: 'crash', decision: '', stderrTail: [] },
  ]);
});

test('a dump whose app has lost its instances brings nothing that could not be seen', () => {
  const state = stateWith('api');
  const { text } = dumpOf([{ ...state.apps[0]!, rollout: null }], 5);
  const dump = JSON.parse(text) as { apps: { instances: unknown[] }[] };
  const [saved] = dump.apps;
  dump.apps = [
    { ...saved!, instances: [...saved!.instances, { id: 'x' }] },
    { ...saved!, instances: [{ id: 'x' }] },
  ];
  writeFileSync(path, JSON.stringify(dump));
  const loaded = loadDump(path);
  expect(loaded.apps?.map(({ instances }) => instances.length)).toEqual([1]);
  expect(loaded.warnings).toEqual([
    expect.stringContaining('1 of the instances of entry 0'),
    expect.stringContaining('entry 1'),
  ]);
});

test('an app written before an attribute existed gets its default', () => {
  const state = stateWith('api');
  const { balance: _, ...older } = state.apps[0]!.spec;
  writeFileSync(path, JSON.stringify({ ...state, apps: [{ ...state.apps[0], spec: older }] }));
  expect(loadState(path).state.apps[0]?.spec.balance).toBe('auto');
});

describe('saving', () => {
  test('callers that come during a write share the next one', async () => {
    const written: string[] = [];
    const state = emptyState();
    const write = async (_: string, text: string): Promise<void> => {
      written.push(text);
      await new Promise(setImmediate);
    };
    const store = makeStore({ path, state, onFailure: () => undefined, write });
    const first = store.save();
    await new Promise(setImmediate);
    state.nextAppNumber = 2;
    const second = store.save();
    state.nextAppNumber = 3;
    await Promise.all([first, second, store.save(), store.save()]);
    expect(written.map((text) => (JSON.parse(text) as GodState).nextAppNumber)).toEqual([1, 3]);
  });

  test('a failed write is told to its own callers, and the next is tried', async () => {
    let isFull = true;
    const failures: string[] = [];
    const store = makeStore({
      path,
      state: emptyState(),
      onFailure: (why) => failures.push(why),
      write: async () => {
        if (isFull) throw new Error('ENOSPC: no space left on device, write');
      },
    });
    store.saveLater();
    await expect(store.save()).rejects.toMatchObject({ code: 'STATE_NOT_SAVED' });
    expect(failures).toEqual([expect.stringContaining('ENOSPC')]);
    isFull = false;
    await expect(store.save()).resolves.toBeUndefined();
  });

  test('a failed write leaves the old file and no other', async () => {
    await save(stateWith('api'));
    const store = makeStore({
      path: join(folder, 'missing', 'state.json'),
      state: emptyState(),
      onFailure: () => undefined,
    });
    await expect(store.save()).rejects.toMatchObject({ code: 'STATE_NOT_SAVED' });
    expect(loadState(path).state.apps[0]?.spec.name).toBe('api');
    expect(existsSync(join(folder, 'missing'))).toBe(false);
  });
});

test('a worker that no state knows becomes an app that can be seen and stopped, but is not restarted', () => {
  const state = emptyState();
  const report = {
    key: '6.3',
    instanceId: 6,
    slot: 1,
    process: { pid: process.pid, startTicks: 1 },
    startedAtMs: 5,
    readySent: false,
    listening: [],
    admitted: true,
    retiring: false,
  };
  const { app, instance } = recoverInstance(state, { id: 'c-4', kind: 'cluster' }, report, 10);
  expect(app).toMatchObject({
    id: '4',
    spec: { name: 'recovered-6', execMode: 'cluster', autorestart: false },
  });
  expect(instance).toMatchObject({ id: 6, slot: 1, desired: 'running', incarnation: 3 });
  expect(state).toMatchObject({ nextInstanceId: 7, nextAppNumber: 5 });
});
