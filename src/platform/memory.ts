import { readFile } from 'node:fs/promises';

/**
 * Bytes that could still be used without swapping: what the kernel calls available, or less where a cgroup of this
 * process has a limit (`memory.max` of it and of those above). null where neither can be read.
 */
export async function availableMemory(root = '/'): Promise<number | null> {
  const machine = await machineAvailable(root);
  const limits = await cgroupAvailable(root);
  const known = [machine, ...limits].filter((bytes) => bytes !== null);
  return known.length === 0 ? null : Math.max(0, Math.min(...known));
}

async function machineAvailable(root: string): Promise<number | null> {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec((await readOrNull(`${root}proc/meminfo`)) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** What is left below each limit. What the kernel can take back (file cache that nobody works with) counts as free. */
async function cgroupAvailable(root: string): Promise<number[]> {
  const path = /^0::(\/.*)$/m.exec((await readOrNull(`${root}proc/self/cgroup`)) ?? '')?.[1];
  if (path === undefined) return [];
  const parts = path.split('/').filter((part) => part !== '');
  const folders = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
  const left = await Promise.all(['', ...folders].map((folder) => leftIn(`${root}sys/fs/cgroup${folder}`)));
  return left.filter((bytes) => bytes !== null);
}

async function leftIn(folder: string): Promise<number | null> {
  const read = async (name: string): Promise<string> =>
    ((await readOrNull(`${folder}/${name}`)) ?? '').trim();
  const [max, current, stat] = await Promise.all([
    read('memory.max'),
    read('memory.current'),
    read('memory.stat'),
  ]);
  if (!/^\d+$/.test(max) || !/^\d+$/.test(current)) return null;
  const reclaimable = Number(/^inactive_file (\d+)$/m.exec(stat)?.[1] ?? 0);
  return Number(max) - Number(current) + reclaimable;
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
