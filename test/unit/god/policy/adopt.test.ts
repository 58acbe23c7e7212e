import { adoptInstance, parseKey, type AdoptionFacts } from '../../../../src/god/policy/adopt';

const FACTS: AdoptionFacts = {
  desired: 'running',
  errored: null,
  restReason: 'stopped by command',
  waiting: null,
  latestStartMs: 90,
  retiring: [],
  found: [],
  untoldEnds: [],
  successor: null,
  unwanted: [],
};
const worker = (key: string, admitted: boolean, retiring = false) => ({ key, admitted, retiring });

const cases: [string, Partial<AdoptionFacts>, object, string[]][] = [
  ['a proven worker is online', { found: [worker('3.4', true)] }, { name: 'online', key: '3.4' }, []],
  ['an unproven one is launching', { found: [worker('3.4', false)] }, { name: 'launching', key: '3.4' }, []],
  [
    'half a surge without proof: the old one stays, the candidate goes',
    { found: [worker('3.5', false), worker('3.4', true)] },
    { name: 'online', key: '3.4' },
    ['3.5 reload untold'],
  ],
  [
    'half a surge with proof: the candidate stays, the old one goes',
    { found: [worker('3.4', true), worker('3.5', true)] },
    { name: 'online', key: '3.5' },
    ['3.4 reload untold'],
  ],
  [
    'incarnations are numbers, not words',
    { found: [worker('3.9', true), worker('3.10', true)] },
    { name: 'online', key: '3.10' },
    ['3.9 reload untold'],
  ],
  [
    'an old worker that drains goes on draining',
    { found: [worker('3.4', true, true), worker('3.5', true)], retiring: [{ key: '3.4', cause: 'reload' }] },
    { name: 'online', key: '3.5' },
    ['3.4 reload told'],
  ],
  [
    'a stop under way goes on',
    { desired: 'stopped', found: [worker('3.4', true, true)], retiring: [{ key: '3.4', cause: 'stop' }] },
    { name: 'stopping', key: '3.4', cause: 'stop' },
    [],
  ],
  [
    'a stop that was noted but not sent is not forgotten',
    { desired: 'stopped', found: [worker('3.4', true)], retiring: [{ key: '3.4', cause: 'stop' }] },
    { name: 'stopping', key: '3.4', cause: 'stop' },
    [],
  ],
  ['one that ended meanwhile was online', { untoldEnds: ['3.4'] }, { name: 'online', key: '3.4' }, []],
  [
    'one that ended as it was told to is gone',
    { desired: 'stopped', untoldEnds: ['3.4'], retiring: [{ key: '3.4', cause: 'stop' }] },
    { name: 'stopped', reason: 'stopped by command' },
    [],
  ],
  [
    'nothing found and nothing wanted',
    { desired: 'stopped' },
    { name: 'stopped', reason: 'stopped by command' },
    [],
  ],
  ['nothing found but wanted', {}, { name: 'stopped', reason: 'no worker was found' }, []],
  [
    'a back-off keeps its time',
    { waiting: { untilMs: 77, reason: 'r' } },
    { name: 'waiting', untilMs: 77 },
    [],
  ],
  [
    'one by a clock that was set back since ends when it could at the latest',
    { waiting: { untilMs: 7_000_000, reason: 'r' } },
    { name: 'waiting', untilMs: 90 },
    [],
  ],
  ['a limit stays reached', { errored: 'limit' }, { name: 'errored', reason: 'limit' }, []],
];

test.each(cases)('%s', (_, facts, state, retiring) => {
  const adoption = adoptInstance({ ...FACTS, ...facts });
  expect(adoption.state).toMatchObject(state);
  const told = adoption.retiring.map(
    ({ key, cause, alreadyTold }) => `${key} ${cause} ${alreadyTold ? 'told' : 'untold'}`,
  );
  expect(told).toEqual(retiring);
});

test.each([
  ['12.3', { instanceId: 12, incarnation: 3 }],
  ['12', null],
  ['a.b', null],
  ['', null],
])('the key %j', (key, parsed) => {
  expect(parseKey(key)).toEqual(parsed);
});
