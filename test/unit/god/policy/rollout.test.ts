import type { StateName } from '../../../../src/god/core/lifecycle';
import {
  createRollout,
  isOver,
  nextMoves,
  settleMove,
  type InstanceFacts,
} from '../../../../src/god/policy/rollout';

const online = (): InstanceFacts => ({ state: 'online', mode: 'cluster' });
const moves = (rollout: ReturnType<typeof createRollout>, factsOf: (id: number) => InstanceFacts = online) =>
  nextMoves(rollout, factsOf).moves.map(({ instanceId, how }) => `${how} ${instanceId}`);
const failure = { why: 'exited with code 1', stderr: ['boom'], cause: 'crash' } as const;

test.each<[string, number[], string[]]>([
  ['one instance', [0], ['replace 0']],
  ['two go one after the other', [0, 1], ['replace 0']],
  ['of more, two go at a time', [0, 1, 2], ['replace 0', 'replace 1']],
])('reload of %s', (_, ids, expected) => {
  expect(moves(createRollout('reload', ids))).toEqual(expected);
});

test.each<['reload' | 'restart', StateName, 'fork' | 'cluster', string]>([
  ['reload', 'online', 'cluster', 'replace'],
  ['reload', 'online', 'fork', 'restart'],
  ['restart', 'online', 'cluster', 'restart'],
  ['reload', 'launching', 'cluster', 'restart'],
  ['reload', 'stopping', 'cluster', 'restart'],
  ['reload', 'replacing', 'cluster', 'restart'],
  ['reload', 'stopped', 'cluster', 'start'],
  ['restart', 'errored', 'fork', 'start'],
  ['restart', 'waiting', 'fork', 'start'],
])('a %s of an instance that is %s (%s) is a %s', (kind, state, mode, how) => {
  expect(moves(createRollout(kind, [4]), () => ({ state, mode }))).toEqual([`${how} 4`]);
});

test('instances without a worker do not wait for a turn, nor take one', () => {
  const factsOf = (id: number): InstanceFacts => ({ state: id < 2 ? 'stopped' : 'online', mode: 'cluster' });
  expect(moves(createRollout('reload', [0, 1, 2, 3, 4]), factsOf)).toEqual([
    'start 0',
    'start 1',
    'replace 2',
    'replace 3',
  ]);
});

test('the next begins when one has ended well', () => {
  const begun = nextMoves(createRollout('reload', [0, 1, 2]), online).rollout;
  expect(moves(settleMove(begun, 1, null))).toEqual(['replace 2']);
});

test('nothing begins after a failure, and it is over when the last one under way has ended', () => {
  const begun = nextMoves(createRollout('reload', [0, 1, 2]), online).rollout;
  const failed = settleMove(begun, 0, failure);
  expect(moves(failed)).toEqual([]);
  expect(isOver(failed)).toBe(false);
  const ended = settleMove(failed, 1, null);
  expect(isOver(ended)).toBe(true);
  expect(ended).toMatchObject({
    waiting: [2],
    done: [1],
    failure: { instanceId: 0, why: 'exited with code 1' },
  });
});

test('the first failure is the one that is told', () => {
  const begun = nextMoves(createRollout('reload', [0, 1, 2]), online).rollout;
  const both = settleMove(settleMove(begun, 0, failure), 1, { ...failure, why: 'later' });
  expect(both.failure).toMatchObject({ instanceId: 0 });
});

test('an instance that is not being moved changes nothing', () => {
  const begun = nextMoves(createRollout('reload', [0, 1, 2]), online).rollout;
  expect(settleMove(begun, 2, failure)).toBe(begun);
});

test('a rollout without instances is over', () => {
  expect(isOver(createRollout('restart', []))).toBe(true);
});

test('as many at a time as the caller wants', () => {
  const { moves } = nextMoves(createRollout('restart', [1, 2, 3, 4, 5], { parallel: 4 }), () => ({
    state: 'online',
    mode: 'fork',
  }));
  expect(moves).toHaveLength(4);
});
