import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import type { ProcessIdentity } from '../model/instance';
import { bootId, identify, isAlive } from '../platform';
import { readJsonFile } from './files';

/** A lock file holds who owns it. Dead owners (or owners before a reboot) do not count. */
interface LockRecord {
  readonly process: ProcessIdentity;
  readonly bootId: string;
}

export interface Lock {
  /** Removes the lock if it is still ours. */
  release(): void;
}

/** Stealing takes microseconds; a guard this old was left by a thief that was killed in between. */
const STALE_GUARD_MS = 5000;

/**
 * Takes the lock, or tells who has it. Never waits.
 *
 * The lock appears by link(2), so it is there whole or not at all. A dead owner's lock is taken away under a
 * guard (mkdir), because two thieves that both saw the dead owner could otherwise remove each other's fresh lock.
 */
export function tryLock(path: string): Lock | { readonly owner: number } {
  const mine = `${path}.${String(process.pid)}`;
  const self = identify(process.pid) ?? { pid: process.pid, startTicks: 0 };
  const text = JSON.stringify({ process: self, bootId: bootId() } satisfies LockRecord);
  writeFileSync(mine, text, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (linked(mine, path))
        return {
          release: () => {
            releaseLock(path, text);
          },
        };
      const owner = ownerOf(path);
      if (owner !== null) return { owner };
      if (!stealDead(path)) return { owner: 0 };
    }
    return { owner: 0 };
  } finally {
    rmSync(mine, { force: true });
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Pid of the living owner, or null: no lock, unreadable, or its owner is gone. */
export const ownerOf = (path: string): number | null => ownerIdentity(path)?.pid ?? null;

/** The living owner as a process that can be told from a stranger that gets its pid after it. */
export function ownerIdentity(path: string): ProcessIdentity | null {
  const record = readJsonFile(path) as Partial<LockRecord> | undefined;
  const owner = record?.process;
  if (owner === undefined || typeof owner.pid !== 'number' || record?.bootId !== bootId()) return null;
  return isAlive(owner) ? owner : null;
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
    if (ownerOf(path) === null) {
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
    if (readFileSync(path, 'utf8') === text) unlinkSync(path);
  } catch {
    // gone already
  }
}
