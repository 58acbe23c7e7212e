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
  ['auto', '20.20.2', 'round-robin', 'round-robin (auto, Node 20.20.2)'],
  ['auto', null, 'round-robin', 'round-robin (auto)'],
  ['shared', '20.20.2', 'shared', 'shared'],
] as const)('balance %s on Node %s is %s', (wanted, nodeVersion, balance, words) => {
  expect(decideBalance(wanted, { nodeVersion })).toEqual({ balance, words });
});
