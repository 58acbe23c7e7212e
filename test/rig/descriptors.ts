import { readdirSync, readlinkSync } from 'node:fs';
import { godsOf } from './gods';
import type { TestHome } from './home';
import { workersOf } from './invariants';

/** What differs from moment to moment: a poll that is being answered, a file that is being written. */
const TOLERANCE = 4;

/** One that is being born, or is just ending, has fewer than it needs: only what is the same twice counts. */
const BETWEEN_LOOKS_MS = 20;

/**
 * Descriptors of God and shims, which must depend on nothing but what they have to do: a process with as many workers
 * (or shims) as before that has more open than before has forgotten to close some.
 */
export function watchDescriptors(home: TestHome): () => string[] {
  const fewest = new Map<string, number>();
  return () => {
    const shims = home.shims();
    const workers = workersOf(home);
    // One that is only starting, or finds that another is there, has fewer and tells nothing.
    const gods = godsOf(home)
      .filter(({ pid }) => pid === home.godPid())
      .map(({ pid }) => ({ pid, task: `God of ${shims.length} shims` }));
    const found = shims.map(({ kind, process: { pid } }) => {
      const own = workers.filter(({ parentPid }) => parentPid === pid).length;
      return { pid, task: `${kind} shim of ${own} workers` };
    });
    const earlier = new Map([...gods, ...found].map(({ pid }) => [pid, descriptorsOf(pid).length]));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BETWEEN_LOOKS_MS);
    return [...gods, ...found].flatMap(({ pid, task }) => {
      const all = descriptorsOf(pid);
      if (all.length !== earlier.get(pid)) return [];
      // `pidusage` keeps one file for each process that it has measured lately.
      const open = all.filter((path) => !isMeasured(path));
      const twice = all.filter((path, at) => isMeasured(path) && all.indexOf(path) !== at);
      const count = open.length;
      if (count === 0) return [];
      const before = fewest.get(task) ?? count;
      fewest.set(task, Math.min(before, count));
      if (twice.length > 0) return [`${task} (pid ${pid}) has open twice: ${twice.join(' ')}`];
      return count <= before + TOLERANCE
        ? []
        : [`${task} (pid ${pid}) has ${count} descriptors, ${before} are enough: ${open.join(' ')}`];
    });
  };
}

const isMeasured = (path: string): boolean => /^\/proc\/\d+\/stat$/.test(path);

/** What a process has open; nothing when it has ended. */
function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
