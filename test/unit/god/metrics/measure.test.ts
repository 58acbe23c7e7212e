import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { measureTrees } from '../../../../src/god/metrics/measure';

const openFilesOf = (pid: number): string[] =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === `/proc/${pid}/stat`;
    } catch {
      return false;
    }
  });

test('whoever measures the same process at the same time opens its file once', async () => {
  const child = spawn('sleep', ['100'], { stdio: 'ignore' });
  const pid = child.pid!;
  try {
    const both = await Promise.all([measureTrees([pid]), measureTrees([pid]), measureTrees([pid])]);
    expect(both.map((rows) => rows.has(pid))).toEqual([true, true, true]);
    expect(openFilesOf(pid)).toHaveLength(1);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a measurement that fails does not end the next one', async () => {
  expect((await measureTrees([2 ** 22 + 1])).size).toBe(0);
  expect((await measureTrees([process.pid])).get(process.pid)!.memoryBytes).toBeGreaterThan(0);
});
