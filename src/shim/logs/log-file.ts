import { writev } from 'node:fs';
import { reasonOf, systemCodeOf } from '../../errors';
import type { FileUser } from '../../platform';
import type { LogRotation } from '../../protocol/shim';
import { AppendFile } from './append-file';
import { ByteQueue, type Portion } from './byte-queue';
import { keepHouse } from './house-keeping';
import { sweepAfter } from './sweeper';

/** A writer that is faster than the disk is held back from here on; its pipe fills, and its write blocks. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** How long a full disk is left alone before the next try. */
const RETRY_MS = 250;
/** A disk that takes nothing for this long is not slow. */
const REFUSING_AFTER_MS = 1000;
/** How often it is looked whether somebody has moved or removed the file. */
const LOOK_EVERY_MS = 1000;
/** A "line" that ends nowhere does not keep a file growing for ever: it is cut at this much beyond the limit. */
const LONGEST_OVERHANG_BYTES = 1024 * 1024;

/** Whether more may be written. */
export interface Pressure {
  /** `refusing`: the disk is full or gone, and nobody knows for how long. */
  readonly kind: 'none' | 'full' | 'refusing';
  /** Whoever was held back may go on. */
  readonly hasRoom: boolean;
  /** What the disk says; null: it takes what it is given. */
  readonly failure: string | null;
}

/** Who writes to the file, and wants to know when the pressure changes. */
export interface LogUser {
  onPressure(): void;
}

interface State {
  readonly queue: ByteQueue;
  readonly file: AppendFile;
  readonly users: Set<LogUser>;
  rotation: LogRotation | null;
  user: FileUser | null;
  isWriting: boolean;
  /** What was asked for and has to wait for the write under way. */
  wish: 'reopen' | 'rotate' | null;
  failing: { readonly sinceTick: number; readonly why: string } | null;
  lookedTick: number;
  isGone: boolean;
  readonly onUnused: () => void;
}

/**
 * One file with a bounded queue and at most one write under way. Whole chunks are appended in order; it never gives up:
 * a disk that is full or a folder that is gone is tried again. Everybody in this shim who writes to that path shares
 * one LogFile, so that rotation happens once and loses nothing.
 */
export class LogFile {
  readonly #state: State;

  constructor(path: string, rotation: LogRotation | null, user: FileUser | null, onUnused: () => void) {
    this.#state = {
      queue: new ByteQueue(),
      file: new AppendFile(path, () => this.#state.user),
      users: new Set(),
      rotation,
      user,
      isWriting: false,
      wish: null,
      failing: null,
      lookedTick: 0,
      isGone: false,
      onUnused,
    };
    // The file is there as soon as the worker is: `pm logs` and scripts look for it.
    open(this.#state);
    if (rotation !== null) keepHouse(path, rotation, user);
  }

  /** How many streams write to it. */
  get userCount(): number {
    return this.#state.users.size;
  }

  /** Of whoever opened it last. null: never rotated by us. */
  get rotation(): LogRotation | null {
    return this.#state.rotation;
  }

  set rotation(rotation: LogRotation | null) {
    this.#state.rotation = rotation;
  }

  /** In whose name it is opened, rotated and removed; null: in our own. */
  get user(): FileUser | null {
    return this.#state.user;
  }

  set user(user: FileUser | null) {
    this.#state.user = user;
  }

  attach(user: LogUser): void {
    this.#state.users.add(user);
  }

  /** What waits is written, then the descriptor closed. */
  detach(user: LogUser): void {
    this.#state.users.delete(user);
    step(this.#state);
  }

  write(chunk: Buffer): void {
    this.#state.queue.push(chunk);
    step(this.#state);
  }

  pressure(): Pressure {
    const { failing, queue } = this.#state;
    const failure = failing?.why ?? null;
    const hasRoom = queue.bytes <= MAX_QUEUED_BYTES / 2;
    if (queue.bytes <= MAX_QUEUED_BYTES) return { kind: 'none', hasRoom, failure };
    const isRefusing = failing !== null && performance.now() - failing.sinceTick >= REFUSING_AFTER_MS;
    return { kind: isRefusing ? 'refusing' : 'full', hasRoom, failure };
  }

  /** `reopen`: somebody moves the files. `rotate`: God's clock says so; an empty file stays. */
  ask(wish: 'reopen' | 'rotate'): void {
    this.#state.wish = wish;
    step(this.#state);
  }
}

function open(state: State): number | null {
  try {
    return state.file.open();
  } catch (error) {
    state.failing ??= { sinceTick: performance.now(), why: reasonOf(error) };
    return null;
  }
}

function step(state: State): void {
  if (state.isWriting) return;
  const { wish } = state;
  state.wish = null;
  if (wish === 'reopen') state.file.close();
  if (wish === 'rotate') rotate(state, 1);
  // Not only with the next line: whoever asked looks for the new file.
  if (wish !== null) open(state);
  if (state.queue.bytes > 0) writeNext(state);
  else if (state.users.size === 0) {
    state.file.close();
    state.onUnused();
  }
}

function writeNext(state: State): void {
  state.isWriting = true;
  lookAfter(state);
  const fd = open(state);
  if (fd === null) {
    retry(state, RETRY_MS);
    return;
  }
  const portion = state.queue.head(roomIn(state));
  writev(fd, portion.buffers, (error, bytes) => {
    if (error === null) onWritten(state, portion, bytes);
    else {
      state.failing ??= { sinceTick: performance.now(), why: reasonOf(error) };
      // Of a named pipe, whose reader is slow: soon again.
      retry(state, systemCodeOf(error) === 'EAGAIN' ? RETRY_MS / 10 : RETRY_MS);
    }
  });
}

function onWritten(state: State, portion: Portion, bytes: number): void {
  state.isWriting = false;
  state.failing = null;
  state.queue.drop(bytes);
  state.file.bytes += bytes;
  const isFull = portion.endsFile && bytes === portion.bytes;
  const isEndless = roomIn(state) < -LONGEST_OVERHANG_BYTES;
  if (isFull || isEndless) rotate(state, state.rotation?.maxBytes ?? 0);
  // Now, because what was just written is what there is to let go of.
  sweepAfter(bytes);
  tellUsers(state);
  step(state);
}

function retry(state: State, afterMs: number): void {
  tellUsers(state);
  setTimeout(() => {
    state.isWriting = false;
    // The folder may have been removed, and be there again.
    state.file.close();
    step(state);
  }, afterMs);
}

function tellUsers({ users }: State): void {
  for (const user of users) user.onPressure();
}

function roomIn({ file, rotation }: State): number {
  if (rotation === null || rotation.maxBytes === 0 || !file.isRegular) return Infinity;
  return rotation.maxBytes - file.bytes;
}

/** A file that was moved away or removed by others is opened anew: what we write must be found under its name. */
function lookAfter(state: State): void {
  const { file } = state;
  const tick = performance.now();
  if (tick - state.lookedTick < LOOK_EVERY_MS || !file.isRegular) return;
  state.lookedTick = tick;
  const place = file.whereabouts();
  // Gone for one look may be logrotate between its rename and its create, which must not find a file of ours there.
  if (place === 'moved' || (place === 'gone' && state.isGone)) file.close();
  state.isGone = place === 'gone';
}

/** Moves the file aside if it really holds that much: it may have been truncated, or moved by somebody else. */
function rotate({ file, rotation, user }: State, leastBytes: number): void {
  try {
    file.open();
    if (!file.isRegular) return;
    if (file.whereabouts() !== 'there') file.close();
    else if (file.bytes >= leastBytes) {
      file.moveAside(Date.now());
      if (rotation !== null) keepHouse(file.path, rotation, user);
    }
  } catch {
    // No permission on the folder, or a full disk: it goes on growing. Counted from here as if it were new, so that it
    // is not tried again with every line.
    file.bytes = 0;
  }
}
