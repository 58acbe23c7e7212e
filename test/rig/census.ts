import { readFileSync, readdirSync } from 'node:fs';
import { identify, isAlive, readProcessFacts } from '../../src/platform';
import type { ProcessIdentity } from '../../src/model/instance';

/** A process that belongs to a test's home. */
export interface FoundProcess extends ProcessIdentity {
  readonly commandLine: string;
}

/**
 * Every process that was born with the tag in its environment: daemons, shims, workers and what those have started.
 * /proc/<pid>/environ is the block at birth, so a shim that has emptied its environment is found all the same.
 */
export function processesWith(tag: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        if (!readFileSync(`/proc/${name}/environ`, 'latin1').includes(tag)) return [];
        const identity = identify(Number(name));
        return identity === null ? [] : [{ ...identity, commandLine: commandLineOf(name) }];
      } catch {
        // gone meanwhile, or somebody else's
        return [];
      }
    });
}

const commandLineOf = (pid: string): string =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();

/** Ends them by pid and start time, so that no stranger is hit. */
export function killAll(processes: readonly ProcessIdentity[]): void {
  for (const one of processes) {
    try {
      if (isAlive(one)) process.kill(one.pid, 'SIGKILL');
    } catch {
      // gone meanwhile
    }
  }
}

/** True while there is such a process that is more than a zombie. */
export const isRunning = (pid: number): boolean => identify(pid) !== null;

/** True for a process that a SIGSTOP has reached. */
export const isStopped = (pid: number): boolean => readProcessFacts(pid)?.state === 'T';
