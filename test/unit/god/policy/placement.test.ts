import { decideBalance } from '../../../../src/god/policy/balance';
import { placeApp } from '../../../../src/god/policy/placement';

test.each([
  [
    'fork apps share one shim, on the Node of God',
    'fork',
    '/opt/node/bin/node',
    { shimId: 'fork', kind: 'fork', nodePath: '/god/node' },
  ],
  [
    'a cluster app has its own, on its own Node',
    'cluster',
    '/opt/node/bin/node',
    { shimId: 'c-7', kind: 'cluster', nodePath: '/opt/node/bin/node' },
  ],
  [
    'without an interpreter it gets the Node of God',
    'cluster',
    'none',
    { shimId: 'c-7', kind: 'cluster', nodePath: '/god/node' },
  ],
] as const)('%s', (_, execMode, interpreterPath, expected) => {
  expect(placeApp({ id: '7', spec: { execMode, interpreterPath } }, '/god/node')).toEqual(expected);
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
