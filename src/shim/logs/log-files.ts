import type { FileUser } from '../../platform';
import type { LogRotation } from '../../protocol/shim';
import { keepHouse } from './house-keeping';
import { LogFile } from './log-file';

/** Rotated files that are too old go, even when nothing is written any more. */
const AGE_LOOK_EVERY_MS = 60 * 60 * 1000;

/** Every log file that this shim writes, one {@link LogFile} for each path. */
export interface LogFiles {
  /** The file of that path; opened if nobody writes to it yet. It is closed when its last user has gone. */
  open(path: string, rotation: LogRotation | null, user: FileUser | null): LogFile;
  all(): LogFile[];
  /** Resolves when everything that nobody adds to any more is written, or at the deadline. */
  settled(deadlineMs: number): Promise<void>;
}

export function createLogFiles(): LogFiles {
  const files = new Map<string, LogFile>();
  const waiting = new Set<() => void>();

  const add = (path: string, rotation: LogRotation | null, user: FileUser | null): LogFile => {
    const file = new LogFile(path, rotation, user, () => {
      if (files.get(path) !== file) return;
      files.delete(path);
      if (files.size === 0) for (const resolve of waiting) resolve();
    });
    files.set(path, file);
    return file;
  };

  setInterval(() => {
    for (const [path, { rotation, user }] of files) if (rotation !== null) keepHouse(path, rotation, user);
  }, AGE_LOOK_EVERY_MS).unref();

  return {
    open: (path, rotation, user) => {
      const known = files.get(path);
      if (known === undefined) return add(path, rotation, user);
      // A file that apps of several users share is nobody's but the least of them.
      known.user ??= user;
      known.rotation = rotation;
      return known;
    },
    all: () => [...files.values()],
    settled: (deadlineMs) =>
      new Promise((resolve) => {
        if (files.size === 0) {
          resolve();
          return;
        }
        const timer = setTimeout(resolve, deadlineMs);
        waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}
