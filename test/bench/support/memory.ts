import { readFileSync } from 'node:fs';

/** What the kernel would get back if that process ended now, and cannot drop before. @throws if it is gone */
export function privateDirtyKbOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = /^Private_Dirty:\s+(\d+) kB$/m.exec(rollup)?.[1];
  if (kb === undefined) throw new Error(`no Private_Dirty in /proc/${pid}/smaps_rollup`);
  return Number(kb);
}
