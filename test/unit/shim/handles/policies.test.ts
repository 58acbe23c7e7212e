import { ipHash } from '../../../../src/shim/handles/ip-hash';
import { leastConnections } from '../../../../src/shim/handles/least-connections';
import type { BalancePolicy, Candidate } from '../../../../src/shim/handles/policy';
import { roundRobin } from '../../../../src/shim/handles/round-robin';

const workers = (...open: number[]): Candidate[] => open.map((count, slot) => ({ slot, open: count }));
const choices = (policy: BalancePolicy, free: Candidate[], times: number, address = '10.0.0.1'): number[] =>
  Array.from({ length: times }, () => policy.choose(free, () => address).slot);

describe('round-robin', () => {
  test('gives each its turn', () => {
    expect(choices(roundRobin(), workers(0, 0, 0), 6)).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test('one that was busy for a while is next when it is free again', () => {
    const [a, b, c] = workers(0, 0, 0) as [Candidate, Candidate, Candidate];
    const policy = roundRobin();
    choices(policy, [a, b, c], 3);
    choices(policy, [a, c], 2);
    expect(choices(policy, [a, b, c], 1)).toEqual([1]);
  });
});

describe('least-connections', () => {
  test('takes the one with the fewest open', () => {
    expect(choices(leastConnections(), workers(3, 1, 2), 2)).toEqual([1, 1]);
  });

  test('takes turns among equals', () => {
    expect(choices(leastConnections(), workers(1, 0, 0), 4)).toEqual([1, 2, 1, 2]);
  });
});

describe('ip-hash', () => {
  const addresses = Array.from({ length: 400 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
  const map = (free: Candidate[]): number[] =>
    addresses.map((address) => ipHash().choose(free, () => address).slot);

  test('a client gets the same slot each time', () => {
    expect(map(workers(0, 0, 0))).toEqual(map(workers(0, 0, 0)));
  });

  test('spreads: none of four slots has less than half or more than double its share', () => {
    const counts = [0, 1, 2, 3].map((slot) => map(workers(0, 0, 0, 0)).filter((one) => one === slot).length);
    for (const count of counts) {
      expect(count).toBeGreaterThan(50);
      expect(count).toBeLessThan(200);
    }
  });

  test('when a slot goes only its own clients move', () => {
    const before = map(workers(0, 0, 0, 0));
    const after = map(workers(0, 0, 0, 0).filter(({ slot }) => slot !== 2));
    const moved = before.filter((slot, index) => slot !== after[index]);
    expect(new Set(moved)).toEqual(new Set([2]));
  });

  test('a Unix socket has no address, and goes to one slot', () => {
    expect(ipHash().choose(workers(0, 0), () => null).slot).toBe(
      ipHash().choose(workers(0, 0), () => null).slot,
    );
  });
});
