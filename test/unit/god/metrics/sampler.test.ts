import { makeSampler } from '../../../../src/god/metrics/sampler';
import type { Usage } from '../../../../src/god/metrics/usage';

const usageOfAll = (pids: readonly number[]): Map<number, Usage> =>
  new Map(pids.map((pid) => [pid, { cpuPercent: 1.3, memoryBytes: pid * 10 }]));

test('a list is served from the last sample, and measured for whoever asks next', async () => {
  let nowMs = 0;
  const asked: (readonly number[])[] = [];
  const sampler = makeSampler(
    () => nowMs,
    async (pids) => {
      asked.push(pids);
      return usageOfAll(pids);
    },
  );
  // Nobody has asked before: the first one waits for its sample.
  expect((await sampler.usage([5, 0, 6]))(6)).toEqual({ cpuPercent: 1.3, memoryBytes: 60 });
  nowMs = 500;
  await sampler.usage([5, 6]);
  expect(asked).toEqual([[5, 6]]);
  nowMs = 1500;
  await sampler.usage([6]);
  await new Promise(setImmediate);
  expect((await sampler.usage([6]))(5).memoryBytes).toBe(0);
  expect(asked).toEqual([[5, 6], [6]]);
});

test('a list waits only so long for a sample', async () => {
  const sampler = makeSampler(
    () => 0,
    () => new Promise(() => undefined),
  );
  expect((await sampler.usage([5]))(5)).toEqual({ cpuPercent: 0, memoryBytes: 0 });
});

test('processes that are gone, or cannot be measured, use nothing', async () => {
  const sampler = makeSampler(
    () => 0,
    () => Promise.reject(new Error('No matching pid found')),
  );
  expect((await sampler.usage([5]))(5)).toEqual({ cpuPercent: 0, memoryBytes: 0 });
  expect((await sampler.fresh([5]))(5)).toEqual({ cpuPercent: 0, memoryBytes: 0 });
});
