import { readFile, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { rotatedByLog, type RotatedFile } from './rotated';
import { linesOf, readTail, type LogTail } from './tail';

/** How far back to go. */
export interface HistoryWish {
  /** The last so many lines; with `sinceMs` only of a file whose lines tell no time. */
  readonly lines: number;
  /** Epoch ms; null: by number of lines alone. */
  readonly sinceMs: number | null;
}

/** A gigabyte of text, compressed, must not fill the memory of whoever wants its last ten lines. */
const MAX_UNZIPPED_BYTES = 64 * 1024 * 1024;
const ALL = Number.MAX_SAFE_INTEGER;

/** The rotated files of every log of some folders, each folder looked at once. */
export async function findRotated(paths: readonly string[]): Promise<Map<string, RotatedFile[]>> {
  const all = new Map<string, RotatedFile[]>();
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const names = await readdir(folder).catch((): string[] => []);
    for (const [path, files] of rotatedByLog(folder, names)) all.set(path, files);
  }
  return all;
}

/**
 * The last lines of a log, also where a rotation lies between them, and where to go on reading.
 *
 * @param rotated its rotated files, oldest first
 * @param timeOf when a line was written; null where it does not tell
 * @throws the system's error when a file is there but cannot be read
 */
export async function readHistory(
  path: string,
  wish: HistoryWish,
  rotated: readonly RotatedFile[],
  timeOf: (line: string) => number | null,
): Promise<LogTail> {
  const { sinceMs } = wish;
  const isTooOld = (line: string): boolean => sinceMs !== null && (timeOf(line) ?? Infinity) < sinceMs;
  const byTime = sinceMs === null ? undefined : isTooOld;
  const live = await readTail(path, sinceMs === null ? wish.lines : ALL, byTime);
  const position = { ...live.position, rotation: rotated.at(-1)?.stamp ?? '' };
  let lines = [...live.lines];
  let { changedAtMs } = live;
  const isEnough = (): boolean => (sinceMs === null ? lines.length >= wish.lines : lines.some(isTooOld));
  for (const file of [...rotated].reverse()) {
    if (isEnough()) break;
    const before = await readRotated(file, sinceMs === null ? wish.lines - lines.length : ALL, byTime);
    // Gone meanwhile, and so is what was before it.
    if (before === null) break;
    lines = [...before.lines, ...lines];
    changedAtMs ||= before.changedAtMs;
    if (sinceMs !== null && before.changedAtMs < sinceMs) break;
  }
  return {
    lines: sinceMs === null ? lines : since(lines, sinceMs, timeOf, wish.lines, changedAtMs),
    position,
    changedAtMs,
  };
}

/** From the first line that is young enough. Where no line tells its time the file does: it has changed since, or not. */
function since(
  lines: readonly string[],
  sinceMs: number,
  timeOf: (line: string) => number | null,
  lineCount: number,
  changedAtMs: number,
): readonly string[] {
  const times = lines.map(timeOf);
  if (times.every((time) => time === null))
    return changedAtMs < sinceMs || lineCount === 0 ? [] : lines.slice(-lineCount);
  const first = times.findIndex((time) => time !== null && time >= sinceMs);
  return first === -1 ? [] : lines.slice(first);
}

type Part = Pick<LogTail, 'lines' | 'changedAtMs'>;

/** null: it is gone. */
async function readRotated(
  { path, isCompressed }: RotatedFile,
  lines: number,
  isTooOld?: (line: string) => boolean,
): Promise<Part | null> {
  if (!isCompressed) {
    const tail = await readTail(path, lines, isTooOld);
    return tail.changedAtMs === 0 ? null : tail;
  }
  const bytes = await readCompressed(path);
  if (bytes === null) return null;
  const changedAtMs = (await stat(path).catch(() => null))?.mtimeMs ?? 0;
  return { lines: linesOf(bytes).slice(-lines), changedAtMs };
}

/** null: it is gone, damaged or too large. */
export async function readCompressed(path: string): Promise<Buffer | null> {
  const { gunzip } = await import('node:zlib');
  try {
    return await promisify(gunzip)(await readFile(path), { maxOutputLength: MAX_UNZIPPED_BYTES });
  } catch {
    return null;
  }
}
