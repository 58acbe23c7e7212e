import { transition, type InstanceEvent, type InstanceState } from '../../../../src/god/core/lifecycle';

const restartNow = { kind: 'restart', delayMs: 0, untilMs: 0, reason: 'again' } as const;
const restartLater = { kind: 'restart', delayMs: 100, untilMs: 1100, reason: 'later' } as const;
const toErrored = { kind: 'errored', reason: 'limit' } as const;
const toStopped = { kind: 'stopped', reason: 'done' } as const;

const STATES: Record<InstanceState['name'], InstanceState> = {
  stopped: { name: 'stopped', reason: 'r' },
  errored: { name: 'errored', reason: 'r' },
  waiting: { name: 'waiting', untilMs: 5, reason: 'r' },
  launching: { name: 'launching', key: '1.1', reason: 'r' },
  online: { name: 'online', key: '1.1', reason: 'r' },
  replacing: { name: 'replacing', key: '1.1', candidate: '1.2', reason: 'r' },
  awaiting: { name: 'awaiting', candidate: '1.2', reason: 'r' },
  stopping: { name: 'stopping', key: '1.1', cause: 'restart', reason: 'r' },
  unreachable: { name: 'unreachable', reason: 'r' },
};

const EVENTS: Record<string, InstanceEvent> = {
  start: { name: 'start', key: '1.9', reason: 'e' },
  'wait over': { name: 'wait over', key: '1.9', reason: 'e' },
  proven: { name: 'proven', reason: 'e' },
  unready: { name: 'unready', reason: 'e' },
  'exited: restart': { name: 'exited', key: '1.9', decision: restartNow },
  'exited: wait': { name: 'exited', key: '1.9', decision: restartLater },
  'exited: errored': { name: 'exited', key: '1.9', decision: toErrored },
  'exited: stopped': { name: 'exited', key: '1.9', decision: toStopped },
  replace: { name: 'replace', key: '1.9', reason: 'e' },
  'candidate proven': { name: 'candidate proven', reason: 'e' },
  'exited: awaits': { name: 'exited', key: '1.9', decision: toStopped, awaits: true },
  'candidate failed': { name: 'candidate failed', key: '1.9', alive: false, cause: 'reload', reason: 'e' },
  'candidate failed alive': {
    name: 'candidate failed',
    key: '1.9',
    alive: true,
    cause: 'not ready',
    reason: 'e',
  },
  stop: { name: 'stop', cause: 'stop', reason: 'e' },
};

const ALL_IMPOSSIBLE = Object.fromEntries(
  [
    'proven',
    'exited: restart',
    'exited: wait',
    'exited: errored',
    'exited: stopped',
    'exited: awaits',
    'replace',
  ].map((e) => [e, 'impossible']),
);
const NO_CANDIDATE = {
  'candidate proven': 'impossible',
  'candidate failed': 'impossible',
  'candidate failed alive': 'impossible',
};
const LATE = { start: 'ignore', 'wait over': 'ignore' };
const LAUNCH = 'launching 1.9 | start-worker 1.9';
const EXITED = {
  'exited: restart': LAUNCH,
  'exited: wait': 'waiting | wait 1100',
  'exited: errored': 'errored',
  'exited: stopped': 'stopped',
  'exited: awaits': 'stopped',
};

/** Every cell: the state after and the actions, `ignore` or `impossible`. */
const EXPECTED: Record<InstanceState['name'], Record<string, string>> = {
  stopped: {
    ...ALL_IMPOSSIBLE,
    ...NO_CANDIDATE,
    start: LAUNCH,
    'wait over': 'ignore',
    unready: 'ignore',
    stop: 'ignore',
  },
  errored: {
    ...ALL_IMPOSSIBLE,
    ...NO_CANDIDATE,
    start: LAUNCH,
    'wait over': 'ignore',
    unready: 'ignore',
    stop: 'stopped',
  },
  waiting: {
    ...ALL_IMPOSSIBLE,
    ...NO_CANDIDATE,
    start: LAUNCH,
    'wait over': LAUNCH,
    unready: 'ignore',
    stop: 'stopped',
  },
  launching: {
    ...LATE,
    ...EXITED,
    ...NO_CANDIDATE,
    proven: 'online 1.1 | admit 1.1',
    unready: 'stopping 1.1 | retire 1.1 (not ready)',
    replace: 'impossible',
    stop: 'stopping 1.1 | retire 1.1 (stop)',
  },
  online: {
    ...LATE,
    ...EXITED,
    ...NO_CANDIDATE,
    proven: 'ignore',
    unready: 'ignore',
    replace: 'replacing 1.1 | start-worker 1.9',
    stop: 'stopping 1.1 | retire 1.1 (stop)',
  },
  replacing: {
    ...LATE,
    proven: 'ignore',
    unready: 'ignore',
    'exited: restart': 'launching 1.2',
    'exited: wait': 'launching 1.2',
    'exited: errored': 'launching 1.2',
    'exited: stopped': 'launching 1.2',
    'exited: awaits': 'awaiting',
    replace: 'impossible',
    'candidate proven': 'online 1.2 | admit 1.2, retire 1.1 (reload)',
    'candidate failed': 'online 1.1',
    'candidate failed alive': 'online 1.1 | retire 1.2 (not ready)',
    stop: 'stopping 1.1 | retire 1.2 (stop), retire 1.1 (stop)',
  },
  awaiting: {
    ...ALL_IMPOSSIBLE,
    ...LATE,
    proven: 'ignore',
    unready: 'ignore',
    'candidate proven': 'online 1.2 | admit 1.2',
    'candidate failed': LAUNCH,
    'candidate failed alive': 'launching 1.9 | retire 1.2 (not ready), start-worker 1.9',
    stop: 'stopping 1.2 | retire 1.2 (stop)',
  },
  stopping: {
    ...LATE,
    ...EXITED,
    ...NO_CANDIDATE,
    proven: 'ignore',
    unready: 'ignore',
    replace: 'impossible',
    stop: 'stopping 1.1 | retire 1.1 (stop)',
  },
  unreachable: { ...ALL_IMPOSSIBLE, ...NO_CANDIDATE, ...LATE, unready: 'ignore', stop: 'ignore' },
};

function outcome(state: InstanceState, event: InstanceEvent): string {
  try {
    const step = transition(state, event);
    if (step === null) return 'ignore';
    const after = 'key' in step.state ? `${step.state.name} ${step.state.key}` : step.state.name;
    const actions = step.actions.map((action) => {
      if (action.kind === 'wait') return `wait ${action.untilMs}`;
      return action.kind === 'retire'
        ? `retire ${action.key} (${action.cause})`
        : `${action.kind} ${action.key}`;
    });
    return actions.length === 0 ? after : `${after} | ${actions.join(', ')}`;
  } catch {
    return 'impossible';
  }
}

const cells = Object.values(STATES).flatMap((state) =>
  Object.keys(EVENTS).map((event): [string, string] => [state.name, event]),
);

test.each(cells)('a %s instance meets "%s"', (state, event) => {
  const name = state as InstanceState['name'];
  expect(EXPECTED[name][event]).toBeDefined();
  expect(outcome(STATES[name], EVENTS[event]!)).toBe(EXPECTED[name][event]);
});

test('an impossible event names itself and the state', () => {
  expect(() => transition(STATES.stopped, EVENTS['proven']!)).toThrow(
    'event "proven" is impossible in state "stopped"',
  );
});
