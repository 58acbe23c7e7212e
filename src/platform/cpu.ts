import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * How many CPUs this process may use, at least 1: affinity (availableParallelism) bounded by the cgroup's quota,
 * which Node does not look at (`docker --cpus 2` on a 48-core host would give 48 workers).
 */
export function cpuCount(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cgroupQuota())));
}

/** cgroup v2 `cpu.max` (`max 100000` or `200000 100000`), else v1's two files; no quota: Infinity. */
function cgroupQuota(): number {
  const [quota, period] = read('/sys/fs/cgroup/cpu.max')?.split(' ') ?? [
    read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'),
    read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'),
  ];
  const cpus = Number(quota) / Number(period);
  return cpus > 0 ? cpus : Infinity;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}
