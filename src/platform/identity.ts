import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ProcessIdentity } from '../model/instance';

/** What /proc tells of one process. */
export interface ProcessFacts extends ProcessIdentity {
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** `Z`: dead, its parent has not asked yet. */
  readonly state: string;
}

/**
 * Reads /proc/<pid>/stat. The command name (field 2) may contain blanks and parentheses, so fields are counted
 * from the last `)`.
 */
export function readProcessFacts(pid: number): ProcessFacts | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return process.platform === 'linux' ? null : readWithPs(pid);
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0] ?? '?',
    parentPid: Number(fields[1]),
    groupId: Number(fields[2]),
    sessionId: Number(fields[3]),
    startTicks: Number(fields[19]),
  };
}

/** Where there is no /proc (macOS, BSD): `ps` gives the start to the second, which still tells a reused pid. */
function readWithPs(pid: number): ProcessFacts | null {
  try {
    // lstart is worded by the locale; Date.parse reads only C's.
    const options: ExecFileSyncOptionsWithStringEncoding = {
      encoding: 'utf8',
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 2000,
    };
    const line = execFileSync(
      'ps',
      ['-o', 'ppid=,pgid=,sess=,stat=,lstart=', '-p', String(pid)],
      options,
    ).trim();
    const [parentPid, groupId, sessionId, state, ...started] = line.split(/\s+/);
    return {
      pid,
      parentPid: Number(parentPid),
      groupId: Number(groupId),
      sessionId: Number(sessionId),
      state: state?.[0] ?? '?',
      startTicks: Date.parse(started.join(' ')) / 1000,
    };
  } catch {
    return null;
  }
}

/** The identity of a running process; null when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | null {
  const facts = readProcessFacts(pid);
  return facts === null || facts.state === 'Z' ? null : { pid: facts.pid, startTicks: facts.startTicks };
}

/** True while that very process runs: a reused pid has another start. */
export const isAlive = (process_: ProcessIdentity): boolean =>
  identify(process_.pid)?.startTicks === process_.startTicks;

/** Tells reboots apart: start ticks count from boot, so they repeat. Empty where the system has none. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

/** The command line of a process for messages to people; empty when it cannot be read. */
export function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8')
      .replaceAll('\0', ' ')
      .trim();
  } catch {
    return '';
  }
}

/** The control groups of a process, as the kernel tells them; empty where there are none. */
export function cgroupOf(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cgroup`, 'utf8');
  } catch {
    return '';
  }
}
