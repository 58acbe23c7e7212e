import { decideBalance } from '../../../../src/god/policy/balance';

const linux = (nodeVersion: string | null) => ({ nodeVersion, platform: 'linux' });

test.each([
  ['v20.20.2', 'linux', 'round-robin'],
  ['v22.11.0', 'linux', 'round-robin'],
  ['v22.12.0', 'linux', 'reuseport'],
  ['v24.1.0', 'linux', 'reuseport'],
  ['v24.1.0', 'darwin', 'round-robin'],
])('auto on Node %s on %s is %s', (nodeVersion, platform, balance) => {
  expect(decideBalance('auto', { nodeVersion, platform })).toMatchObject({ balance, refusal: null });
});

test('auto says that it does not know the Node yet', () => {
  expect(decideBalance('auto', linux(null)).words).toBe('round-robin (auto: its Node is not known yet)');
});

test('reuseport where it cannot be had is refused, with what it needs', () => {
  const { refusal } = decideBalance('reuseport', linux('v20.20.2'));
  expect(refusal).toMatch(/needs .*22\.12.*; this app runs on Node 20\.20\.2 on linux/);
});

test.each(['round-robin', 'least-connections', 'ip-hash', 'shared'] as const)(
  '%s can be had everywhere',
  (wanted) => {
    expect(decideBalance(wanted, linux('v20.19.0'))).toEqual({
      balance: wanted,
      words: wanted,
      refusal: null,
    });
  },
);
