import type { InstanceState } from '../../../../src/god/core/lifecycle';
import { reconcile, type Desired } from '../../../../src/god/policy/reconcile';
import type { ExitCause } from '../../../../src/model/instance';

const STATES: Record<string, InstanceState> = {
  stopped: { name: 'stopped', reason: '' },
  errored: { name: 'errored', reason: '' },
  waiting: { name: 'waiting', untilMs: 1, reason: '' },
  launching: { name: 'launching', key: '1.1', reason: '' },
  online: { name: 'online', key: '1.1', reason: '' },
  replacing: { name: 'replacing', key: '1.1', candidate: '1.2', reason: '' },
};

const stopping = (cause: ExitCause): InstanceState => ({ name: 'stopping', key: '1.1', cause, reason: '' });

const corrected = (desired: Desired, state: InstanceState, retiring = 0): string => {
  const correction = reconcile(desired, state, retiring);
  return correction.kind === 'stop' ? `stop (${correction.cause})` : correction.kind;
};

const rows: [Desired, Record<string, string>][] = [
  [
    'running',
    {
      stopped: 'start',
      errored: 'nothing',
      waiting: 'nothing',
      launching: 'nothing',
      online: 'nothing',
      replacing: 'nothing',
    },
  ],
  [
    'stopped',
    {
      stopped: 'nothing',
      errored: 'stop (stop)',
      waiting: 'stop (stop)',
      launching: 'stop (stop)',
      online: 'stop (stop)',
      replacing: 'stop (stop)',
    },
  ],
  [
    'deleted',
    {
      stopped: 'remove',
      errored: 'remove',
      waiting: 'stop (delete)',
      launching: 'stop (delete)',
      online: 'stop (delete)',
      replacing: 'stop (delete)',
    },
  ],
  [
    'scaled away',
    {
      stopped: 'remove',
      errored: 'remove',
      waiting: 'stop (scale)',
      launching: 'stop (scale)',
      online: 'stop (scale)',
      replacing: 'stop (scale)',
    },
  ],
];

test.each(
  rows.flatMap(([desired, cells]) =>
    Object.entries(cells).map(([state, then]) => [desired, state, then] as const),
  ),
)('meant to be %s and %s: %s', (desired, state, then) => {
  expect(corrected(desired, STATES[state]!)).toBe(then);
});

test.each<[Desired, ExitCause, string]>([
  ['running', 'stop', 'nothing'],
  ['stopped', 'stop', 'nothing'],
  ['stopped', 'restart', 'stop (stop)'],
  ['stopped', 'not ready', 'stop (stop)'],
  ['deleted', 'delete', 'nothing'],
  ['deleted', 'stop', 'nothing'],
  ['deleted', 'scale', 'stop (delete)'],
  ['scaled away', 'restart', 'nothing'],
])('meant to be %s while ending for %s: %s', (desired, cause, then) => {
  expect(corrected(desired, stopping(cause))).toBe(then);
});

test('it stays on the list as long as one of its old workers is still ending', () => {
  expect(corrected('deleted', STATES['stopped']!, 1)).toBe('nothing');
});
