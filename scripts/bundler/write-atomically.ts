import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A temporary file this old belongs to a build that was killed: no build takes a minute. */
const staleTemporaryMs = 60_000;

/**
 * Puts one file in place by rename, so that a process starting now, or a second build, never sees half of it.
 * The same content is left alone: a running test keeps its inode, and rebuilding is free.
 */
export async function writeAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const current = await readFile(path).catch(() => undefined);
  if (current?.equals(Buffer.from(content))) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/**
 * Removes what an earlier build left behind. File by file and last, because swapping the whole folder would leave a
 * moment without one. `force`, because another build may remove the same.
 */
export async function removeOthers(folder: string, keep: ReadonlySet<string>): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || keep.has(path)) continue;
    if (entry.name.endsWith('.tmp') && !(await isOlderThan(path, staleTemporaryMs))) continue;
    await rm(path, { force: true });
  }
}

async function isOlderThan(path: string, ageMs: number): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > ageMs;
}
