import { open, type FileHandle } from 'node:fs/promises';

/** A place in a log file. The inode tells a rotated file from the one that took its name. */
export interface LogPosition {
  readonly inode: number;
  readonly bytes: number;
  /** Stamp of the newest rotated file when this was the live one; empty: there was none. null: nobody looked. */
  readonly rotation: string | null;
}

/** Of a file that is not there (yet): all that will be written to it is new. */
export const BEGINNING: LogPosition = { inode: 0, bytes: 0, rotation: '' };

export interface LogTail {
  readonly lines: readonly string[];
  /** Where the lines end; following from here neither loses nor repeats a byte. */
  readonly position: LogPosition;
  /** Of the last change of the file, epoch ms; 0 when it is not there. */
  readonly changedAtMs: number;
}

const BLOCK_BYTES = 64 * 1024;

/** A "line" may be a gigabyte without a break. What is longer than this in all is cut at its beginning. */
const MAX_TAIL_BYTES = 8 * 1024 * 1024;
/** With a time to go back to: what a person may still scroll through. */
const MAX_SINCE_BYTES = 64 * 1024 * 1024;

const LINE_FEED = 10;

/**
 * The last lines of a file, read backwards from its end: what stands before is never read, however long it is.
 *
 * @param isTooOld says of a line that what stands before it is not wanted either
 * @throws the system's error when the file is there but cannot be read
 */
export async function readTail(
  path: string,
  lineCount: number,
  isTooOld?: (line: string) => boolean,
): Promise<LogTail> {
  const file = await openIfThere(path);
  if (file === null) return { lines: [], position: BEGINNING, changedAtMs: 0 };
  try {
    const { ino, size, mtimeMs } = await file.stat();
    const lines = lineCount === 0 ? [] : await lastLines(file, size, lineCount, isTooOld);
    return { lines, position: { inode: ino, bytes: size, rotation: null }, changedAtMs: mtimeMs };
  } finally {
    await file.close();
  }
}

export async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function lastLines(
  file: FileHandle,
  size: number,
  lineCount: number,
  isTooOld?: (line: string) => boolean,
): Promise<string[]> {
  const maxBytes = isTooOld === undefined ? MAX_TAIL_BYTES : MAX_SINCE_BYTES;
  const blocks: Buffer[] = [];
  let start = size;
  let breaks = 0;
  // One break more than lines: the one that ends the line before the first that is wanted.
  while (start > 0 && breaks <= lineCount && size - start < maxBytes) {
    const length = Math.min(BLOCK_BYTES, start);
    const block = Buffer.alloc(length);
    const { bytesRead } = await file.read(block, 0, length, start - length);
    // Truncated while it was read: what is left is not the end of anything.
    if (bytesRead < length) break;
    start -= length;
    breaks += countBreaks(block);
    blocks.unshift(block);
    if (isTooOld !== undefined && isTooOld(firstWholeLine(block))) break;
  }
  return linesOf(Buffer.concat(blocks)).slice(-lineCount);
}

/** Text as lines, without their ends. */
export function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => withoutReturn(withoutHole(line)));
}

/** Zeros stand where a file was truncated under a writer that does not append: nobody has written them. */
const withoutHole = (line: string): string => (line.startsWith('\0') ? line.replace(/^\0+/, '') : line);

/** Empty when there is none in it. */
function firstWholeLine(block: Buffer): string {
  const start = block.indexOf(LINE_FEED) + 1;
  const end = block.indexOf(LINE_FEED, start);
  return start === 0 || end === -1 ? '' : block.toString('utf8', start, end);
}

function countBreaks(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(LINE_FEED); at !== -1; at = block.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}

export const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);
