import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  compressedName,
  compressingName,
  isLeftover,
  rotatedAmong,
  type RotatedFile,
} from '../../logs/rotated';
import type { LogRotation } from '../../protocol/shim';

/** Logs whose house is being kept; true: again when done, something was rotated meanwhile. */
const busy = new Map<string, { again: LogRotation | null }>();
/** One compression at a time: the cores belong to the apps. */
let compressing: Promise<void> = Promise.resolve();

/**
 * Removes rotated files beyond the limits and compresses the rest, in the background and off the event loop (zlib works
 * in the thread pool). A failure is left for the next rotation: nothing of what is written now depends on it.
 */
export function keepHouse(path: string, rotation: LogRotation): void {
  const running = busy.get(path);
  if (running !== undefined) {
    running.again = rotation;
    return;
  }
  const run: { again: LogRotation | null } = { again: null };
  busy.set(path, run);
  void keepOnce(path, rotation)
    .catch(() => undefined)
    .then(() => {
      busy.delete(path);
      if (run.again !== null) keepHouse(path, run.again);
    });
}

async function keepOnce(path: string, rotation: LogRotation): Promise<void> {
  const folder = dirname(path);
  const names = await readdir(folder);
  for (const name of names.filter((one) => isLeftover(path, one)))
    await rm(join(folder, name), { force: true });
  const kept = await removeOld(rotatedAmong(path, names), rotation);
  for (const { path: compressed } of kept.filter(({ isCompressed }) => isCompressed)) {
    const plain = compressed.slice(0, -'.gz'.length);
    // Its shim died between the two steps of a compression.
    if (names.includes(basename(plain))) await rm(plain, { force: true });
  }
  if (!rotation.compress) return;
  for (const file of kept.filter(({ isCompressed }) => !isCompressed)) {
    compressing = compressing.then(() => compress(file.path)).catch(() => undefined);
    await compressing;
    // Among thousands of rotations a minute the oldest must go before the youngest is compressed.
    if (busy.get(path)?.again != null) return;
  }
}

/** What stays, oldest first. */
async function removeOld(
  files: readonly RotatedFile[],
  { keep, maxAgeMs }: LogRotation,
): Promise<RotatedFile[]> {
  const surplus = files.slice(0, Math.max(0, files.length - keep));
  const kept: RotatedFile[] = [];
  for (const file of files.slice(surplus.length)) {
    if (maxAgeMs !== null && (await ageMs(file.path)) > maxAgeMs) surplus.push(file);
    else kept.push(file);
  }
  for (const { path } of surplus) await rm(path, { force: true });
  return kept;
}

const ageMs = async (path: string): Promise<number> => {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
};

/** Complete under another name first: whoever finds a `.gz` finds all of it. */
async function compress(path: string): Promise<void> {
  // Most apps never compress: the shim of those does not carry zlib.
  const { createGzip } = await import('node:zlib');
  const unfinished = compressingName(path);
  try {
    const { atime, mtime } = await stat(path);
    await pipeline(createReadStream(path), createGzip(), createWriteStream(unfinished, { mode: 0o600 }));
    await utimes(unfinished, atime, mtime);
    await rename(unfinished, compressedName(path));
    await rm(path, { force: true });
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
