import { closeSync, existsSync, fstatSync, renameSync, statSync, type Stats } from 'node:fs';
import { basename } from 'node:path';
import type { FileUser } from '../../platform';
import { compressedName, rotatedName, rotationStamp } from '../../logs/rotated';
import { openLogPlace, type LogPlace } from './log-place';

/** One descriptor of one log file. Calls are synchronous and short; writing itself is not done here. */
export class AppendFile {
  /** What it holds, as far as we wrote it; a truncation is noticed when this says that it is full. */
  bytes = 0;
  /** False for a named pipe or a device: those are never moved aside. */
  isRegular = false;
  private fd: number | null = null;
  private lastStamp = '';

  constructor(
    readonly path: string,
    /** Whose app writes it, where that is not ourselves. */
    private readonly userOf: () => FileUser | null,
  ) {}

  /** The descriptor; opened now if it is not. @throws the system's error */
  open(): number {
    if (this.fd !== null) return this.fd;
    this.fd = this.within((place) => place.openForAppending());
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
    this.within((place) => {
      const own = basename(this.path);
      if (!place.mayMove(own)) throw new Error(`${this.path} is not the user's to rename`);
      const nameOf = (count: number): string => place.at(basename(rotatedName(this.path, stamp, count)));
      let count = 0;
      while (existsSync(nameOf(count)) || existsSync(compressedName(nameOf(count)))) count++;
      renameSync(place.at(own), nameOf(count));
    });
    this.lastStamp = stamp;
    this.close();
  }

  private within<T>(work: (place: LogPlace) => T): T {
    const place = openLogPlace(this.path, this.userOf());
    try {
      return work(place);
    } finally {
      place.close();
    }
  }
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
