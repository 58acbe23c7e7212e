import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { posix } from 'node:path';
import { cgroupOf } from './identity';

/**
 * How many CPUs this process may use, at least 1: affinity (availableParallelism) bounded by the cgroup's quota,
 * which Node does not look at (`docker --cpus 2` on a 48-core host would give 48 workers).
 */
export function cpuCount(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cgroupQuota())));
}

/** The tightest quota of our cgroup and those above it: a service's own, and its slice's. None: Infinity. */
function cgroupQuota(): number {
  const quotas = cgroupOf(process.pid).split('\n').flatMap(quotasOf);
  return Math.min(Infinity, ...quotas.filter((cpus) => cpus > 0));
}

/** For a line of /proc/<pid>/cgroup: `0::/user.slice` (v2), `1:cpu,cpuacct:/docker/1` (v1). */
function quotasOf(line: string): number[] {
  const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
  if (path === '') return [];
  if (controllers === '')
    return upwards(path).map((group) => ratio(read(`/sys/fs/cgroup${group}/cpu.max`)?.split(' ')));
  if (!controllers.split(',').includes('cpu')) return [];
  return upwards(path).map((group) =>
    ratio(['quota', 'period'].map((what) => read(`/sys/fs/cgroup/cpu${group}/cpu.cfs_${what}_us`))),
  );
}

/** `/a/b` → `/a/b`, `/a` and the top, which is all that a container may see of its own group. */
function upwards(path: string): string[] {
  return path === '/' ? [''] : [path, ...upwards(posix.dirname(path))];
}

/** `max 100000` and `-1 100000` are no quota. */
const ratio = ([quota, period]: readonly (string | undefined)[] = []): number =>
  Number(quota) / Number(period);

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
