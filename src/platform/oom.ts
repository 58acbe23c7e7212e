import { readFileSync } from 'node:fs';

/** A counter of processes that the kernel has killed for want of memory, and where it stands now. */
export interface OomCounter {
  /** `cgroup`: of the group that the process is in; `machine`: of all, so another process may have been meant. */
  readonly of: 'cgroup' | 'machine';
  readonly path: string;
  readonly kills: number;
}

/**
 * The nearest counter there is for a process: cgroup v2 `memory.events`, cgroup v1 `memory.oom_control`, else
 * /proc/vmstat. The kernel counts a kill in the victim's own cgroup, whoever ran out of memory. null: no Linux.
 */
export function oomCounterOf(pid: number): OomCounter | null {
  const paths = cgroupCounters(read(`/proc/${String(pid)}/cgroup`));
  const cgroup = paths.map((path) => counterAt('cgroup', path)).find((counter) => counter !== null);
  return cgroup ?? counterAt('machine', '/proc/vmstat');
}

/** Has the kernel killed somebody there since? */
export function hasOomKilledSince(counter: OomCounter): boolean {
  const now = counterAt(counter.of, counter.path);
  return now !== null && now.kills > counter.kills;
}

function counterAt(of: OomCounter['of'], path: string): OomCounter | null {
  const kills = /^oom_kill (\d+)$/m.exec(read(path))?.[1];
  return kills === undefined ? null : { of, path, kills: Number(kills) };
}

/** Out of /proc/<pid>/cgroup: `0::/user.slice` (v2), `4:memory:/docker/1` (v1). Within a container paths may be cut. */
const cgroupCounters = (text: string): string[] =>
  text.split('\n').flatMap((line) => {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === '') return path === '' ? [] : mounted('/sys/fs/cgroup', path, 'memory.events');
    return controllers.split(',').includes('memory')
      ? mounted('/sys/fs/cgroup/memory', path, 'memory.oom_control')
      : [];
  });

/** By its whole path, or at the top: where only a container's own part is mounted. */
const mounted = (root: string, path: string, file: string): string[] => [
  `${root}${path === '/' ? '' : path}/${file}`,
  `${root}/${file}`,
];

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
