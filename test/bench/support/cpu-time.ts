import { readFileSync } from 'node:fs';
import { processesWith } from '../../rig/census';

/** The kernel counts in hundredths of a second (USER_HZ), on every architecture that Node runs on. */
const MS_PER_TICK = 10;

/** CPU time in ms, kernel included, of every process that was born with this text in its environment. */
export const cpuTimeOf = (tag: string): number =>
  processesWith(tag).reduce((sum, { pid }) => sum + cpuTimeOfProcess(pid), 0);

export function cpuTimeOfProcess(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // From behind the command's name, which may contain anything: utime and stime.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return 0;
  }
}
