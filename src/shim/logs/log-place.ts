import { constants, openSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCodeOf } from '../../errors';
import { makeFolder } from '../../home';
import { exchangeableOn, UserFolder, type FileUser } from '../../platform';
import { rotatedName, rotationStamp } from '../../logs/rotated';

/** The folder of a log, for as long as something is done in it. */
export interface LogPlace {
  /** The way to an entry, for calls that follow no link at its end. */
  at(name: string): string;
  /** The log itself; made if it is not there. Never waits. */
  openForAppending(): number;
  openForReading(name: string): number;
  /** A new file. */
  create(name: string): number;
  /** May it be renamed or removed? */
  mayMove(name: string): boolean;
  close(): void;
}

/**
 * Appending, so that a truncation (`flush`, copytruncate) is followed by writes at the new end. Not blocking, because
 * the opening of a named pipe that nobody reads would stop the whole shim.
 */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const MODE = 0o600;

/**
 * @param user whose app writes the log; null: our own. Where that user could exchange the folder, nothing is done in it that
 * the user could not do (ADR 0010)
 * @throws the system's error
 */
export function openLogPlace(path: string, user: FileUser | null): LogPlace {
  const folder = dirname(path);
  if (user === null || exchangeableOn(folder, [0]) === null) return ownPlace(path);
  return userPlace(path, UserFolder.open(folder, user, { make: true }));
}

function ownPlace(path: string): LogPlace {
  const folder = dirname(path);
  const at = (name: string): string => join(folder, name);
  return {
    at,
    openForAppending: () => {
      makeFolder(folder);
      return openSync(path, FLAGS, MODE);
    },
    openForReading: (name) => openSync(at(name), 'r'),
    create: (name) => openSync(at(name), 'w', MODE),
    mayMove: () => true,
    close: () => undefined,
  };
}

function userPlace(path: string, folder: UserFolder): LogPlace {
  const own = basename(path);
  const at = (name: string): string => folder.at(name);
  return {
    at,
    openForAppending: () => {
      try {
        return folder.openForWriting(own, constants.O_APPEND, MODE);
      } catch (error) {
        if (systemCodeOf(error) !== 'EACCES' || !folder.mayMove(own)) throw error;
      }
      // Root's, of a pm that made the logs of all apps its own. The user could move it aside, too.
      renameSync(at(own), at(basename(rotatedName(path, rotationStamp(Date.now()), 0))));
      return folder.create(own, constants.O_APPEND, MODE);
    },
    openForReading: (name) => folder.openForReading(name),
    create: (name) => folder.create(name, 0, MODE),
    mayMove: (name) => folder.mayMove(name),
    close: () => {
      folder.close();
    },
  };
}
