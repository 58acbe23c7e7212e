import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { FollowedFile } from './followed-file';
import type { LogPosition } from './tail';

/** Watching tells at once; this often is looked anyway, for file systems that tell nothing (NFS, some containers). */
const LOOK_EVERY_MS = 1000;

/** Follows any number of log files. Whoever opens it closes it. */
export interface LogFollower {
  /** Adds a file from that place on. A second time: no effect. */
  add(path: string, from: LogPosition): void;
  close(): Promise<void>;
}

interface Folder {
  readonly files: Map<string, FollowedFile>;
  /** null: it cannot be watched, and the rounds have to do. */
  watcher: FSWatcher | null;
}

/**
 * Reads what is appended to files, line by line. A file may be truncated, rotated, renamed and made anew, removed, or
 * not be there yet: what is written is shown once, in order, as long as it can be reached.
 *
 * @param onError called when a file cannot be read; it is given up until it changes
 * @param untilShown resolves when there is room for more lines; nothing is read until then
 */
export function followFiles(
  onLine: (path: string, line: string) => void,
  onError: (path: string, error: unknown) => void,
  untilShown: () => Promise<void> = () => Promise.resolve(),
): LogFollower {
  const folders = new Map<string, Folder>();
  const lookAt = (file: FollowedFile, isRound: boolean): void => {
    file.look(isRound).catch((error: unknown) => onError(file.path, error));
  };
  const allFiles = (): FollowedFile[] => [...folders.values()].flatMap(({ files }) => [...files.values()]);
  const timer = setInterval(() => {
    for (const file of allFiles()) lookAt(file, true);
  }, LOOK_EVERY_MS);
  const folderAt = (path: string): Folder => {
    const folder = folders.get(path) ?? { files: new Map<string, FollowedFile>(), watcher: null };
    folders.set(path, folder);
    folder.watcher ??= watchFolder(path, folder, (file) => lookAt(file, false));
    return folder;
  };
  return {
    add: (path, from) => {
      const { files } = folderAt(dirname(path));
      if (files.has(basename(path))) return;
      const file = new FollowedFile(path, from, (line) => onLine(path, line), untilShown);
      files.set(basename(path), file);
      lookAt(file, false);
    },
    close: async () => {
      clearInterval(timer);
      for (const { watcher } of folders.values()) watcher?.close();
      await Promise.all(allFiles().map((file) => file.close()));
    },
  };
}

function watchFolder(path: string, folder: Folder, onChange: (file: FollowedFile) => void): FSWatcher | null {
  try {
    const watcher = watch(path, (_event, name) => {
      const meant = name === null ? [...folder.files.values()] : [folder.files.get(name)];
      for (const file of meant) if (file !== undefined) onChange(file);
    });
    // The limit of inotify watches, or the folder is gone: the rounds go on.
    watcher.on('error', () => {
      watcher.close();
      folder.watcher = null;
    });
    return watcher;
  } catch {
    return null;
  }
}
