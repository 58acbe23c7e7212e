import { decideBalance } from '../../../../src/god/policy/balance';
import { appOfShim, placeApp } from '../../../../src/god/policy/placement';

const SHARED = { shimId: 'fork', kind: 'fork', nodePath: '/god/node' };
const OWN = { shimId: 'c-7', kind: 'cluster', nodePath: '/opt/node/bin/node' };

test.each([
  ['fork apps share one shim, on the Node of God', 'fork', false, '/opt/node/bin/node', SHARED],
  ['a cluster app has its own, on its own Node', 'cluster', false, '/opt/node/bin/node', OWN],
  [
    'without an interpreter it gets the Node of God',
    'cluster',
    false,
    'none',
    { ...OWN, nodePath: '/god/node' },
  ],
  ['a fork app whose listeners are held has its own too', 'fork', true, '/opt/node/bin/node', OWN],
  ['but only Node can hand listeners on', 'fork', true, '/usr/bin/python3', SHARED],
  ['a name that only begins like node is another program', 'fork', true, '/opt/node/bin/nodemon', SHARED],
] as const)('%s', (_, execMode, holdListeners, interpreterPath, expected) => {
  const spec = { execMode, holdListeners, interpreterPath };
  expect(placeApp({ id: '7', spec, firstInterpreter: interpreterPath }, '/god/node')).toEqual(expected);
});

test('on another Node than its first it is another shim, with a name that still tells the app', () => {
  const app = {
    id: '7',
    firstInterpreter: '/node20',
    spec: { execMode: 'cluster', holdListeners: false, interpreterPath: '/node24' },
  } as const;
  const { shimId, nodePath } = placeApp(app, '/god/node');
  expect(nodePath).toBe('/node24');
  expect(shimId).toMatch(/^c-7-[0-9a-z]{1,7}$/);
  expect(placeApp({ ...app, firstInterpreter: '/node24' }, '/god/node').shimId).toBe('c-7');
  expect(['c-7', shimId, 'c-77', 'fork'].map(appOfShim)).toEqual(['7', '7', '77', null]);
});

test.each([
  ['auto', '20.20.2', 'linux', 'round-robin', 'round-robin (auto: Node 20.20.2 has no reuseport)'],
  ['auto', '22.11.0', 'linux', 'round-robin', 'round-robin (auto: Node 22.11.0 has no reuseport)'],
  ['auto', '22.12.0', 'linux', 'reuseport', 'reuseport (auto: Node 22.12.0 has reuseport)'],
  ['auto', '23.0.0', 'linux', 'round-robin', 'round-robin (auto: Node 23.0.0 has no reuseport)'],
  ['auto', 'v24.1.0', 'linux', 'reuseport', 'reuseport (auto: Node 24.1.0 has reuseport)'],
  ['auto', '24.1.0', 'darwin', 'round-robin', 'round-robin (auto: Node 24.1.0 has no reuseport)'],
  ['auto', null, 'linux', 'round-robin', 'round-robin (auto: its Node is not known yet)'],
  ['shared', '20.20.2', 'linux', 'shared', 'shared'],
  ['reuseport', '24.1.0', 'linux', 'reuseport', 'reuseport'],
] as const)('balance %s on Node %s on %s is %s', (wanted, nodeVersion, platform, balance, words) => {
  expect(decideBalance(wanted, { nodeVersion, platform })).toEqual({ balance, words, refusal: null });
});

test('reuseport on a Node without it is refused by name, not replaced', () => {
  expect(decideBalance('reuseport', { nodeVersion: '20.20.2', platform: 'linux' }).refusal).toMatch(
    /needs Node 22\.12 .* runs on Node 20\.20\.2/,
  );
});
