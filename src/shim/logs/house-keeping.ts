import { lstat, lutimes, readdir, rename, rm } from 'node:fs/promises';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  compressedName,
  compressingName,
  isLeftover,
  rotatedAmong,
  type RotatedFile,
} from '../../logs/rotated';
import type { FileUser } from '../../platform';
import type { LogRotation } from '../../protocol/shim';
import { openLogPlace, type LogPlace } from './log-place';

/** Logs whose house is being kept; true: again when done, something was rotated meanwhile. */
const busy = new Map<string, { again: LogRotation | null }>();
/** One compression at a time: the cores belong to the apps. */
let compressing: Promise<void> = Promise.resolve();

/**
 * Removes rotated files beyond the limits and compresses the rest, in the background and off the event loop (zlib works
 * in the thread pool). A failure is left for the next rotation: nothing of what is written now depends on it.
 */
export function keepHouse(path: string, rotation: LogRotation, user: FileUser | null): void {
  const running = busy.get(path);
  if (running !== undefined) {
    running.again = rotation;
    return;
  }
  const run: { again: LogRotation | null } = { again: null };
  busy.set(path, run);
  void keepOnce(path, rotation, user)
    .catch(() => undefined)
    .then(() => {
      busy.delete(path);
      if (run.again !== null) keepHouse(path, run.again, user);
    });
}

async function keepOnce(path: string, rotation: LogRotation, user: FileUser | null): Promise<void> {
  const place = openLogPlace(path, user);
  try {
    await keepPlace(path, rotation, place);
  } finally {
    place.close();
  }
}

async function keepPlace(path: string, rotation: LogRotation, place: LogPlace): Promise<void> {
  const names = await readdir(place.at('.'));
  for (const name of names.filter((one) => isLeftover(path, one))) await remove(place, name);
  const kept = await removeOld(rotatedAmong(path, names), rotation, place);
  for (const { path: compressed } of kept.filter(({ isCompressed }) => isCompressed)) {
    const plain = basename(compressed, '.gz');
    // Its shim died between the two steps of a compression.
    if (names.includes(plain)) await remove(place, plain);
  }
  if (!rotation.compress) return;
  for (const file of kept.filter(({ isCompressed }) => !isCompressed)) {
    compressing = compressing.then(() => compress(place, basename(file.path))).catch(() => undefined);
    await compressing;
    // Among thousands of rotations a minute the oldest must go before the youngest is compressed.
    if (busy.get(path)?.again != null) return;
  }
}

async function remove(place: LogPlace, name: string): Promise<void> {
  if (place.mayMove(name)) await rm(place.at(name), { force: true });
}

/** What stays, oldest first. */
async function removeOld(
  files: readonly RotatedFile[],
  { keep, maxAgeMs }: LogRotation,
  place: LogPlace,
): Promise<RotatedFile[]> {
  const surplus = files.slice(0, Math.max(0, files.length - keep));
  const kept: RotatedFile[] = [];
  for (const file of files.slice(surplus.length)) {
    if (maxAgeMs !== null && (await ageMs(place.at(basename(file.path)))) > maxAgeMs) surplus.push(file);
    else kept.push(file);
  }
  for (const { path } of surplus) await remove(place, basename(path));
  return kept;
}

const ageMs = async (path: string): Promise<number> => {
  try {
    return Date.now() - (await lstat(path)).mtimeMs;
  } catch {
    return 0;
  }
};

/** Complete under another name first: whoever finds a `.gz` finds all of it. */
async function compress(place: LogPlace, name: string): Promise<void> {
  // Most apps never compress: the shim of those does not carry zlib.
  const { createGzip } = await import('node:zlib');
  const unfinished = compressingName(name);
  try {
    const { atime, mtime } = await lstat(place.at(name));
    const source = createReadStream('', { fd: place.openForReading(name) });
    // Nothing may throw between the two openings and the pipeline, which closes both.
    const sink = createWriteStream('', { fd: createOrClose(place, unfinished, source) });
    await pipeline(source, createGzip(), sink);
    await lutimes(place.at(unfinished), atime, mtime);
    await rename(place.at(unfinished), place.at(compressedName(name)));
    await remove(place, name);
  } catch (error) {
    await remove(place, unfinished);
    throw error;
  }
}

function createOrClose(place: LogPlace, name: string, source: Readable): number {
  try {
    return place.create(name);
  } catch (error) {
    source.destroy();
    throw error;
  }
}
