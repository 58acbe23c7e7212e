import { resolveTargets } from '../../../../src/god/handlers/selectors';
import type { AppSpec } from '../../../../src/model/app-spec';
import type { Targets } from '../../../../src/protocol/control';
import { makeLoopBench } from '../samples';

const apps: Partial<AppSpec>[] = [
  { name: 'api', instances: 2 },
  { name: 'web', namespace: 'front', script: '/srv/web.js' },
  { name: 'api', script: '/srv/other.js', namespace: 'front' },
  { name: '1', script: '/srv/one.js' },
  { name: 'queue/mail', script: '/srv/queue.js', namespace: 'web' },
];

function chosen(selectors: string[], names: string[] = []): number[] {
  const bench = makeLoopBench();
  for (const app of apps) bench.addApp(app);
  return resolveTargets(bench.god.world, { selectors, names }).map(({ record }) => record.id);
}

test.each<[string, string[], number[]]>([
  ['all', ['all'], [0, 1, 2, 3, 4, 5]],
  ['a name, of every app that has it', ['api'], [0, 1, 3]],
  ['a namespace', ['front'], [2, 3]],
  ['a name goes before a namespace', ['web'], [2]],
  ['a script path', ['/srv/other.js'], [3]],
  ['a script path without extension is no regex', ['/srv/web.js'], [2]],
  ['an id', ['5'], [5]],
  ['a name goes before an id', ['1'], [4]],
  ['a regex', ['/^api|web$/'], [0, 1, 2, 3]],
  ['a regex keeps its slashes', ['/queue/mail/'], [5]],
  ['a regex with a flag', ['/API/i'], [0, 1, 3]],
  ['several, each once, by id', ['5', 'api', '0'], [0, 1, 3, 5]],
])('%s', (_, selectors, ids) => {
  expect(chosen(selectors)).toEqual(ids);
});

test('names out of a file leave out what is not there', () => {
  expect(chosen([], ['web', 'gone'])).toEqual([2]);
});

test.each<[string, string[], object]>([
  [
    'an unknown name, with what may have been meant',
    ['apj'],
    { code: 'NOT_FOUND', hint: 'Did you mean api? See `pm list`.' },
  ],
  ['an unknown name that is like nothing', ['zzzzzz'], { code: 'NOT_FOUND', hint: 'See `pm list`.' }],
  ['an unknown id', ['99'], { code: 'ID_UNKNOWN' }],
  ['a regex that matches nothing', ['/nothing/'], { code: 'NO_PROCESS' }],
  ['a regex that is none', ['/(/'], { code: 'BAD_SELECTOR' }],
  ['one wrong among right ones', ['api', 'nope-nope'], { code: 'NOT_FOUND' }],
])('%s', (_, selectors, error) => {
  expect(() => chosen(selectors)).toThrow(expect.objectContaining(error));
});

test('all of nothing is an error', () => {
  expect(() => resolveTargets(makeLoopBench().god.world, { selectors: ['all'] })).toThrow('No process found');
});

test('what is being deleted is not chosen any more', () => {
  const bench = makeLoopBench();
  const app = bench.addApp();
  app.record.instances[0]!.desired = 'deleted';
  expect(() => resolveTargets(bench.god.world, { selectors: ['api'] })).toThrow('not found');
});

test.each<[string, Targets, number[]]>([
  ['a script, from its folder', { selectors: ['other.js'], folders: ['/srv'] }, [3]],
  ['a script, from another folder', { selectors: ['./srv/web.js'], folders: ['/'] }, [2]],
  ['all of a namespace', { selectors: ['all'], within: { namespaces: ['front'] } }, [2, 3]],
  ['a name, in one of its namespaces', { selectors: ['api'], within: { namespaces: ['front'] } }, [3]],
  ['a pattern, of these names', { selectors: ['/./'], within: { names: ['web', '1'] } }, [2, 4]],
  [
    'names out of a file, in a namespace',
    { names: ['api', 'web'], within: { namespaces: ['front'] } },
    [2, 3],
  ],
])('%s', (_, targets, ids) => {
  const bench = makeLoopBench();
  for (const app of apps) bench.addApp(app);
  expect(resolveTargets(bench.god.world, targets).map(({ record }) => record.id)).toEqual(ids);
});

test.each<[Targets, object]>([
  [
    { selectors: ['all'], within: { namespaces: ['fron'] } },
    { code: 'NOT_FOUND', hint: 'Did you mean front? See `pm list`.' },
  ],
  [{ selectors: ['all'], within: { names: ['nosuch'] } }, { code: 'NOT_FOUND' }],
  [{ selectors: ['web'], within: { names: ['api'] } }, { code: 'NOT_FOUND' }],
])('%j takes nothing at all', (targets, error) => {
  const bench = makeLoopBench();
  for (const app of apps) bench.addApp(app);
  expect(() => resolveTargets(bench.god.world, targets)).toThrow(expect.objectContaining(error));
});

test('a pattern that would take for ever freezes nobody', () => {
  const bench = makeLoopBench();
  bench.addApp({ name: `${'a'.repeat(40)}!` });
  expect(() => resolveTargets(bench.god.world, { selectors: ['/(a+)+$/'] })).toThrow(
    expect.objectContaining({ code: 'BAD_SELECTOR' }),
  );
});
