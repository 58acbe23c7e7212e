import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from '../../errors';
import { rotatedAmong, rotatedName, rotationStamp } from '../../logs/rotated';

/** As for the logs of apps: bounded in all. A God that writes 100 MB has written a million state changes. */
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
const DEFAULT_KEEP = 10;

interface OpenLog {
  readonly path: string;
  readonly maxBytes: number;
  readonly keep: number;
  fd: number;
  /** As far as we wrote it; shims and Node itself write to it too, but hardly ever. */
  bytes: number;
  lostLines: number;
}

let log: OpenLog | null = null;

export interface LogLimits {
  /** 0: never rotated. */
  readonly maxBytes?: number | undefined;
  readonly keep?: number | undefined;
}

/**
 * From here on lines go to that file through a descriptor of our own. Until then, and where that cannot be opened, they
 * go to standard output, which is the same file: but that descriptor cannot follow when somebody moves the file.
 */
export function openLog(path: string, limits: LogLimits = {}): void {
  const { maxBytes = DEFAULT_MAX_BYTES, keep = DEFAULT_KEEP } = limits;
  try {
    const fd = openSync(path, 'a', 0o600);
    if (log !== null) closeSync(log.fd);
    log = { path, maxBytes, keep, fd, bytes: fstatSync(fd).size, lostLines: 0 };
  } catch (error) {
    logLine(`${path} cannot be opened: ${reasonOf(error)}`);
  }
}

/** After an outside tool has moved the file away. */
export function reopenLog(): void {
  if (log !== null) openLog(log.path, log);
}

/** One line to pm.log, stamped. Text from outside (an app's name, an error of the system) stays one line. */
export function logLine(text: string): void {
  const line = `${new Date().toISOString()}: ${text.replaceAll('\n', '\\n')}\n`;
  if (log === null) process.stdout.write(line);
  else append(log, line);
}

/** A full disk must not end God: the line is lost, and counted. */
function append(open: OpenLog, line: string): void {
  try {
    if (open.lostLines > 0) {
      open.bytes += writeSync(
        open.fd,
        `${new Date().toISOString()}: ${open.lostLines} lines could not be written\n`,
      );
      open.lostLines = 0;
    }
    open.bytes += writeSync(open.fd, line);
  } catch {
    open.lostLines++;
  }
  if (open.maxBytes > 0 && open.bytes >= open.maxBytes) rotate(open);
}

/**
 * By copy and truncation, unlike the logs of apps: this file is also the standard output of the shims, which outlive
 * us and must not go on writing to a file that was removed. A line of theirs within that millisecond may be lost.
 */
function rotate(open: OpenLog): void {
  try {
    open.bytes = fstatSync(open.fd).size;
    // Flushed or rotated by somebody else meanwhile.
    if (open.bytes < open.maxBytes) return;
    const stamp = rotationStamp(Date.now());
    let count = 0;
    while (existsSync(rotatedName(open.path, stamp, count))) count++;
    copyFileSync(open.path, rotatedName(open.path, stamp, count), constants.COPYFILE_EXCL);
    truncateSync(open.path);
    const files = rotatedAmong(open.path, readdirSync(dirname(open.path)));
    for (const { path } of files.slice(0, Math.max(0, files.length - open.keep)))
      rmSync(path, { force: true });
  } catch {
    // A full disk: it is tried again when as much has been written once more.
  }
  open.bytes = 0;
}
