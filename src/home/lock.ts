import { mkdirSync, readlinkSync, renameSync, rmdirSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { pmError, reasonOf, systemCodeOf } from '../errors';
import type { ProcessIdentity } from '../model/instance';
import { bootId, identify, isAlive } from '../platform';

/*
 * A lock is a symbolic link whose target says who owns it: `<pid>:<start>:<boot>`. It appears whole or not at all, and it
 * needs no block on the disk: on one that is full a God must be able to start, because somebody has to restart apps.
 * Dead owners (or owners before a reboot) do not count; neither does anything that is no such link.
 */

export interface Lock {
  /** Removes the lock if it is still ours. */
  release(): void;
}

/** Stealing takes microseconds; a guard this old was left by a thief that was killed in between. */
const STALE_GUARD_MS = 5000;

/**
 * Takes the lock, or tells who has it. Never waits.
 *
 * A dead owner's lock is taken away under a guard (mkdir), because two thieves that both saw the dead owner could
 * otherwise remove each other's fresh lock.
 *
 * @throws PmError HOME_UNUSABLE on a disk that takes no link, as one that is read-only
 */
export function tryLock(path: string): Lock | { readonly owner: number } {
  const text = lockText(identify(process.pid) ?? { pid: process.pid, startTicks: 0 });
  for (let attempt = 0; attempt < 3; attempt++) {
    if (linked(text, path)) {
      return {
        release: () => {
          releaseLock(path, text);
        },
      };
    }
    const owner = ownerOf(path);
    if (owner !== null) return { owner };
    if (!stealDead(path)) return { owner: 0 };
  }
  return { owner: 0 };
}

/** What the link points to. */
export const lockText = ({ pid, startTicks }: ProcessIdentity, boot = bootId()): string =>
  `${String(pid)}:${String(startTicks)}:${boot}`;

function linked(text: string, path: string): boolean {
  try {
    symlinkSync(text, path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw pmError('HOME_UNUSABLE', { path: dirname(path), why: reasonOf(error) }, { cause: error });
  }
}

/** Pid of the living owner, or null: no lock, unreadable, or its owner is gone. */
export const ownerOf = (path: string): number | null => ownerIdentity(path)?.pid ?? null;

/** The living owner as a process that can be told from a stranger that gets its pid after it. */
export const ownerIdentity = (path: string): ProcessIdentity | null => livingOwner(textAt(path));

function livingOwner(text: string | null): ProcessIdentity | null {
  const owner = ownerIn(text);
  return owner !== null && isAlive(owner) ? owner : null;
}

/** Its owner has died since this boot, without a word: who ends in order takes the lock along. */
export function isLeftBehind(path: string): boolean {
  const owner = ownerIn(textAt(path));
  return owner !== null && !isAlive(owner);
}

/** Of this boot, alive or dead. */
function ownerIn(text: string | null): ProcessIdentity | null {
  const [pid, startTicks] = (text ?? '').split(':').map(Number);
  if (pid === undefined || startTicks === undefined) return null;
  const owner = { pid, startTicks };
  // The boot is compared as written, whatever it contains.
  return text === lockText(owner) ? owner : null;
}

/** null: there is nothing. Empty: something that is no lock of ours. */
function textAt(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : '';
  }
}

/** False: somebody else is stealing right now. */
function stealDead(path: string): boolean {
  const guard = `${path}.steal`;
  try {
    mkdirSync(guard);
  } catch {
    try {
      if (Date.now() - statSync(guard).mtimeMs > STALE_GUARD_MS) rmdirSync(guard);
    } catch {
      // the other thief has just finished
    }
    return false;
  }
  try {
    const text = textAt(path);
    // Who takes a free lock needs no guard, and would lose it to us. So it must be there, of a dead owner, and still be
    // there when he is known to be dead: then nobody can have released it meanwhile.
    if (text !== null && livingOwner(text) === null && textAt(path) === text) {
      const dead = `${path}.dead`;
      renameSync(path, dead);
      unlinkSync(dead);
    }
    return true;
  } catch {
    return true;
  } finally {
    rmdirSync(guard);
  }
}

function releaseLock(path: string, text: string): void {
  try {
    if (textAt(path) === text) unlinkSync(path);
  } catch {
    // gone already
  }
}
