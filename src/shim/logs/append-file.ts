import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  renameSync,
  statSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../../home';
import { compressedName, rotatedName, rotationStamp } from '../../logs/rotated';

/**
 * Appending, so that a truncation (`flush`, copytruncate) is followed by writes at the new end. Not blocking, because
 * the opening of a named pipe that nobody reads would stop the whole shim.
 */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** One descriptor of one log file. Calls are synchronous and short; writing itself is not done here. */
export class AppendFile {
  /** What it holds, as far as we wrote it; a truncation is noticed when this says that it is full. */
  bytes = 0;
  /** False for a named pipe or a device: those are never moved aside. */
  isRegular = false;
  private fd: number | null = null;
  private lastStamp = '';

  constructor(readonly path: string) {}

  /** The descriptor; opened now if it is not. @throws the system's error */
  open(): number {
    if (this.fd !== null) return this.fd;
    makeFolder(dirname(this.path));
    this.fd = openSync(this.path, FLAGS, 0o600);
    const stat = fstatSync(this.fd);
    this.bytes = stat.size;
    this.isRegular = stat.isFile();
    return this.fd;
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }

  /** Is the file that we write to still the one of that name? Somebody may have moved or removed it. */
  whereabouts(): 'there' | 'moved' | 'gone' {
    const there = statOf(this.path);
    if (there === null) return 'gone';
    if (this.fd === null) return 'there';
    const ours = fstatSync(this.fd);
    this.bytes = ours.size;
    return ours.ino === there.ino && ours.dev === there.dev ? 'there' : 'moved';
  }

  /** Renames it as pm2-logrotate does; the next write opens a new one. @throws the system's error: it stays as it is */
  moveAside(nowMs: number): void {
    const now = rotationStamp(nowMs);
    // A clock that is set back (or the hour that summer time has twice) must not mix up the order of the names.
    const stamp = now > this.lastStamp ? now : this.lastStamp;
    let count = 0;
    let name = rotatedName(this.path, stamp, count);
    while (existsSync(name) || existsSync(compressedName(name)))
      name = rotatedName(this.path, stamp, ++count);
    renameSync(this.path, name);
    this.lastStamp = stamp;
    this.close();
  }
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
