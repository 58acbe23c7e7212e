import { readFileSync, readdirSync } from 'node:fs';
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

export function allPids(): number[] {
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
 *
 * @param marks `NAME=value` of variables that only this tree was born with: with them also orphans are found that have
 * left the group for a session of their own (`setsid`, a daemon that forked twice)
 */
export const treeOf = (root: ProcessIdentity, marks: readonly string[] = []): ProcessIdentity[] =>
  treeIn(allProcesses(), root, marks);

/** The same out of a list of all processes. @param births what was read of their variables so far; added to */
export function treeIn(
  processes: readonly ProcessFacts[],
  root: ProcessIdentity,
  marks: readonly string[],
  births = new Map<number, ReadonlySet<string>>(),
): ProcessIdentity[] {
  // It may have ended, and its pid may be a stranger's by now, whose children are none of ours. 0: it was gone before
  // it could be asked for its start.
  const isStranger =
    root.startTicks !== 0 &&
    processes.some(({ pid, startTicks }) => pid === root.pid && startTicks !== root.startTicks);
  if (isStranger) return [];
  const wanted = new Map<number, number>([[root.pid, 0]]);
  const foster = marks.length === 0 ? new Set<number>() : fosterParents(root.pid, processes);
  // What was there before it is no child of its.
  const younger = processes.filter(({ startTicks }) => startTicks >= root.startTicks);
  addDescendants(wanted, younger);
  const isMarked = (pid: number): boolean => {
    const variables = births.get(pid) ?? birthVariables(pid);
    births.set(pid, variables);
    return marks.every((mark) => variables.has(mark));
  };
  const isOrphan = ({ pid, groupId, sessionId, parentPid }: ProcessFacts): boolean =>
    !foster.has(pid) &&
    (groupId === root.pid || sessionId === root.pid || (foster.has(parentPid) && isMarked(pid)));
  const orphans = younger.filter((facts) => !wanted.has(facts.pid) && isOrphan(facts));
  const orphanPids = new Set(orphans.map(({ pid }) => pid));
  // Their own children come with them, one deeper.
  for (const { pid, parentPid } of orphans) if (!orphanPids.has(parentPid)) wanted.set(pid, 1);
  addDescendants(wanted, younger);
  return younger
    .filter(({ pid }) => wanted.has(pid))
    .sort((a, b) => (wanted.get(b.pid) ?? 0) - (wanted.get(a.pid) ?? 0))
    .map(({ pid, startTicks }) => ({ pid, startTicks }));
}

/** Adds, with its depth, every process whose parent is in the map. */
function addDescendants(depths: Map<number, number>, processes: readonly ProcessFacts[]): void {
  for (let grew = true; grew;) {
    grew = false;
    for (const facts of processes) {
      const depth = depths.get(facts.parentPid);
      if (depth === undefined || depths.has(facts.pid)) continue;
      depths.set(facts.pid, depth + 1);
      grew = true;
    }
  }
}

/**
 * Who may have been given an orphan of the tree: init, or an ancestor that is a subreaper; never its own parent, the shim,
 * which is us where the process has ended already.
 */
function fosterParents(pid: number, processes: readonly ProcessFacts[]): Set<number> {
  const parentOf = new Map(processes.map((facts) => [facts.pid, facts.parentPid]));
  const ancestors = new Set([1]);
  const shim = parentOf.get(pid) ?? process.pid;
  for (let at = parentOf.get(shim); at !== undefined && at > 0; at = parentOf.get(at)) ancestors.add(at);
  return ancestors;
}

/** The block of variables that the process was born with, read from /proc; false where it cannot be read. */
export function wasBornWith(pid: number, marks: readonly string[]): boolean {
  const variables = birthVariables(pid);
  return marks.every((mark) => variables.has(mark));
}

/** Empty where they cannot be read: it has ended, or is somebody else's. */
function birthVariables(pid: number): ReadonlySet<string> {
  try {
    return new Set(readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0'));
  } catch {
    return new Set();
  }
}

/** A process that was born with variables of interest. */
export interface MarkedProcess extends ProcessFacts {
  /** The value of the variable. */
  readonly mark: string;
}

/**
 * Every process that was born with this variable and these others (`NAME=value`), but for what such a process has started
 * itself: that one comes with its tree. Empty where /proc does not tell.
 */
export function bornWith(name: string, others: readonly string[]): MarkedProcess[] {
  const marked = allProcesses().flatMap((facts): MarkedProcess[] => {
    const variables = birthVariables(facts.pid);
    const mark = [...variables].find((variable) => variable.startsWith(`${name}=`));
    const isOne = mark !== undefined && others.every((other) => variables.has(other));
    return isOne ? [{ ...facts, mark: mark.slice(name.length + 1) }] : [];
  });
  const pids = new Set(marked.map(({ pid }) => pid));
  return marked.filter(({ parentPid }) => !pids.has(parentPid));
}

/** The pids of each of these processes and of all its descendants; one pass over all processes. */
export function pidsBelow(roots: readonly number[]): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const { pid, parentPid } of allProcesses()) {
    const siblings = children.get(parentPid);
    if (siblings === undefined) children.set(parentPid, [pid]);
    else siblings.push(pid);
  }
  const collect = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(collect)];
  return new Map(roots.map((root) => [root, collect(root)]));
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
