import { readdirSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import type { ProcessIdentity } from '../model/instance';
import { isAlive, readProcessFacts, type ProcessFacts } from './identity';

/** Every process there is. One pass over /proc; some ms with a thousand processes, so only where a tree is needed. */
function allProcesses(): ProcessFacts[] {
  return allPids().flatMap((pid) => {
    const facts = readProcessFacts(pid);
    return facts === null || facts.state === 'Z' ? [] : [facts];
  });
}

function allPids(): number[] {
  if (process.platform === 'linux')
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  return execFileSync('ps', ['-A', '-o', 'pid='], { encoding: 'utf8', timeout: 2000 })
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

/**
 * The process and all its descendants, deepest first, so that no parent can restart a child that was already
 * told to end. Members of its process group count as descendants: a grandchild whose parent ended has been
 * given to init and only its group still tells where it belongs.
 */
export function treeOf(root: ProcessIdentity): ProcessIdentity[] {
  const processes = allProcesses();
  const wanted = new Map<number, number>([[root.pid, 0]]);
  const groupMembers = processes.filter((facts) => facts.groupId === root.pid && facts.pid !== root.pid);
  for (const member of groupMembers) wanted.set(member.pid, 1);
  for (let grew = true; grew;) {
    grew = false;
    for (const facts of processes) {
      const depth = wanted.get(facts.parentPid);
      if (depth === undefined || wanted.has(facts.pid)) continue;
      wanted.set(facts.pid, depth + 1);
      grew = true;
    }
  }
  return processes
    .filter(
      (facts) => wanted.has(facts.pid) && (facts.pid !== root.pid || facts.startTicks === root.startTicks),
    )
    .sort((a, b) => (wanted.get(b.pid) ?? 0) - (wanted.get(a.pid) ?? 0))
    .map(({ pid, startTicks }) => ({ pid, startTicks }));
}

/**
 * Signals exactly that process: false when it is gone, was replaced by another of the same pid, or is not ours.
 * Between the check and the signal the pid could be reused; the kernel would have to run through all pids in
 * that microsecond.
 */
export function signalProcess(target: ProcessIdentity, signal: string): boolean {
  if (!isAlive(target)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch {
    return false;
  }
}
