import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/*
 * What root does to a file in the name of an app that runs as another user must be no more than that user could do, or the
 * app makes root its deputy: it puts a symbolic link where its log was. Node has no openat(2), but the same is to be had
 * of /proc/self/fd/<descriptor of the folder>/<name>: once a folder is open, nobody can put another in its place, and
 * what is decided about it holds for what is done in it. Why not otherwise: docs/adr/0010-files-of-other-users.md.
 */

/** In whose name. */
export interface FileUser {
  readonly uid: number;
  readonly gid: number;
}

/** Whom we act for; null: for ourselves, and the kernel judges by itself. */
export const fileUserOf = (uid: number | undefined, gid = 0): FileUser | null =>
  uid === undefined || uid === 0 || process.geteuid?.() !== 0 ? null : { uid, gid };

/** As many links as the kernel follows before it calls it a loop. */
const MAX_LINKS = 40;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * The first folder or link on the way to a path that somebody other than `owners` can exchange, or null. A folder with the
 * sticky bit (/tmp) is as good as a closed one for what the owners have made in it, but not for a file that is to come.
 * What is not there yet is judged by the folder that it will be made in.
 */
export function exchangeableOn(path: string, owners: readonly number[]): string | null {
  let rest = resolve(path).split('/').filter(Boolean);
  let at = '/';
  let folder = lstatSync('/');
  for (let links = 0; ;) {
    const isClosed = owners.includes(folder.uid) && (folder.mode & OTHERS_WRITE) === 0;
    const [name, ...after] = rest;
    if (name === undefined) return isClosed ? null : at;
    const next = join(at, name);
    const stat = lstatSync(next, { throwIfNoEntry: false });
    const isSticky = owners.includes(folder.uid) && (folder.mode & STICKY) !== 0;
    if (!isClosed && !(isSticky && stat !== undefined && owners.includes(stat.uid))) return at;
    if (stat === undefined) return null;
    if (stat.isSymbolicLink()) {
      if (++links > MAX_LINKS) return next;
      const target = resolve(at, readlinkSync(next));
      rest = [...target.split('/').filter(Boolean), ...after];
      at = '/';
      folder = lstatSync('/');
    } else if (stat.isDirectory()) {
      [at, folder, rest] = [next, stat, after];
    } else return owners.includes(stat.uid) || isClosed ? null : next;
  }
}

/** May the user write to what `stat` tells of, by owner, group and mode? */
export function mayWrite({ uid, gid, mode }: Stats, user: FileUser): boolean {
  if (uid === user.uid) return (mode & 0o200) !== 0;
  return (mode & (gid === user.gid ? 0o020 : 0o002)) !== 0;
}

/** A folder that stays the one that it was when it was opened, whatever its path leads to by now. */
export class UserFolder {
  private constructor(
    private readonly fd: number,
    private readonly user: FileUser,
  ) {}

  /**
   * @param options.make makes what is missing of it, as the user's own
   * @throws the system's error; EACCES where the user could not make an entry in it
   */
  static open(path: string, user: FileUser, { make = false } = {}): UserFolder {
    const folder = UserFolder.find(path, user, make);
    if (mayWrite(fstatSync(folder.fd), user)) return folder;
    folder.close();
    throw refusal('EACCES', path);
  }

  private static find(path: string, user: FileUser, make: boolean): UserFolder {
    try {
      return new UserFolder(openSync(path, FOLDER), user);
    } catch (error) {
      if (!make || codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    }
    const parent = UserFolder.open(dirname(path), user, { make });
    try {
      return parent.makeFolder(basename(path));
    } finally {
      parent.close();
    }
  }

  /** The way to an entry, for calls that do not follow a link at its end. */
  at(name: string): string {
    return `/proc/self/fd/${String(this.fd)}/${name}`;
  }

  /**
   * Opens a file for writing that the user could open, or makes it as the user's own. Never follows a link, never waits.
   *
   * @throws ELOOP for a link, EACCES for what the user may not write
   */
  openForWriting(name: string, extraFlags: number, mode: number): number {
    try {
      return this.judged(openSync(this.at(name), constants.O_WRONLY | SAFE | extraFlags), name);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    return this.create(name, extraFlags, mode);
  }

  /** Opens a file that the user could read. @throws ELOOP for a link, EACCES for what the user may not read */
  openForReading(name: string): number {
    const fd = openSync(this.at(name), constants.O_RDONLY | SAFE);
    const stat = fstatSync(fd);
    if (stat.isFile() && (stat.uid === this.user.uid || (stat.mode & 0o004) !== 0)) return fd;
    closeSync(fd);
    throw refusal('EACCES', name);
  }

  /** A new file of that name. @throws EEXIST */
  create(name: string, extraFlags: number, mode: number): number {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | SAFE | extraFlags;
    const fd = openSync(this.at(name), flags, mode);
    fchownSync(fd, this.user.uid, this.user.gid);
    return fd;
  }

  /** May the user rename or remove that entry? In a folder with the sticky bit only its owner may. */
  mayMove(name: string): boolean {
    const folder = fstatSync(this.fd);
    if ((folder.mode & STICKY) === 0 || folder.uid === this.user.uid) return true;
    return lstatSync(this.at(name), { throwIfNoEntry: false })?.uid === this.user.uid;
  }

  close(): void {
    closeSync(this.fd);
  }

  private judged(fd: number, name: string): number {
    const stat = fstatSync(fd);
    if ((stat.isFile() || stat.isFIFO()) && mayWrite(stat, this.user)) return fd;
    closeSync(fd);
    throw refusal('EACCES', name);
  }

  private makeFolder(name: string): UserFolder {
    mkdirSync(this.at(name), { mode: 0o700 });
    const fd = openSync(this.at(name), FOLDER | constants.O_NOFOLLOW);
    // The user may have put another folder there meanwhile; an empty one it could have removed and made itself.
    if (readdirSync(`/proc/self/fd/${String(fd)}`).length === 0) fchownSync(fd, this.user.uid, this.user.gid);
    return new UserFolder(fd, this.user);
  }
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** As the system itself would say it to the user. */
function refusal(code: 'EACCES', path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: the app's user may not write there, '${path}'`), { code });
}
