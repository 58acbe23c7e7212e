import { makeSampler } from '../../../../src/god/metrics/sampler';

test('a list is served at once, and measured for whoever asks next', async () => {
  let nowMs = 0;
  const asked: number[][] = [];
  const sampler = makeSampler(
    () => nowMs,
    (pids) => {
      asked.push(pids);
      return Promise.resolve(Object.fromEntries(pids.map((pid) => [pid, { cpu: 1.26, memory: pid * 10 }])));
    },
  );
  expect(sampler.usage([5, 0, 6])(5)).toEqual({ cpuPercent: 0, memoryBytes: 0 });
  await new Promise(setImmediate);
  nowMs = 500;
  expect(sampler.usage([5, 6])(6)).toEqual({ cpuPercent: 1.3, memoryBytes: 60 });
  expect(asked).toEqual([[5, 6]]);
  nowMs = 1500;
  sampler.usage([6]);
  await new Promise(setImmediate);
  expect(sampler.usage([6])(5)).toEqual({ cpuPercent: 0, memoryBytes: 0 });
  expect(asked).toEqual([[5, 6], [6]]);
});

test('processes that are gone, or cannot be measured, use nothing', async () => {
  const sampler = makeSampler(
    () => 0,
    () => Promise.reject(new Error('No matching pid found')),
  );
  sampler.usage([5]);
  await new Promise(setImmediate);
  expect(sampler.usage([5])(5)).toEqual({ cpuPercent: 0, memoryBytes: 0 });
});
