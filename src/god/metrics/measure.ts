import { pidsBelow } from '../../platform';
import type { Usage } from './usage';

/** How many processes are asked for at once; the rest follows, so that a large list does not stall God. */
const BATCH = 50;

interface Row {
  readonly cpu: number;
  readonly memory: number;
}

/** The measurement before: `pidusage` keeps a file open per process, and loses one of two that it opens at once. */
let former: Promise<unknown> = Promise.resolve();

/** What each process and all its descendants use together: memory pages that they share count in each of them. */
export function measureTrees(roots: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
  const measured = former.then(() => measureNow(roots));
  former = measured.catch(() => undefined);
  return measured;
}

async function measureNow(roots: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
  if (roots.length === 0) return new Map();
  const trees = pidsBelow(roots);
  const rows = await measureAll([...new Set([...trees.values()].flat())]);
  return new Map(
    [...trees].flatMap(([root, pids]): [number, Usage][] => {
      if (!rows.has(root)) return [];
      const own = pids.flatMap((pid) => rows.get(pid) ?? []);
      const cpu = own.reduce((sum, row) => sum + row.cpu, 0);
      const memoryBytes = own.reduce((sum, row) => sum + row.memory, 0);
      return [[root, { cpuPercent: Math.round(cpu * 10) / 10, memoryBytes }]];
    }),
  );
}

async function measureAll(pids: readonly number[]): Promise<Map<number, Row>> {
  // Loaded when somebody asks for the first time: a God that nobody looks at does not carry it.
  const { default: pidusage } = await import('pidusage');
  const rows = new Map<number, Row>();
  for (let at = 0; at < pids.length; at += BATCH) {
    const batch = pids.slice(at, at + BATCH);
    try {
      const usage: Readonly<Record<string, Row | undefined>> = await pidusage(batch);
      const present = batch.flatMap((pid): [number, Row][] => {
        const row = usage[String(pid)];
        return row === undefined ? [] : [[pid, row]];
      });
      for (const [pid, row] of present) rows.set(pid, row);
    } catch {
      // Every one of this batch has ended meanwhile.
    }
  }
  return rows;
}

/** Resident memory of these processes with all that they started; null when none of them could be measured. */
export async function residentBytesOf(pids: readonly number[]): Promise<number | null> {
  const usage = await measureTrees(pids).catch((): ReadonlyMap<number, Usage> => new Map());
  return usage.size === 0 ? null : [...usage.values()].reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
}
