import { watch, type FSWatcher } from 'node:fs';
import { stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { BEGINNING, openIfThere, withoutReturn, type LogPosition } from './tail';

/** Watching tells at once; this often is looked anyway, for file systems that tell nothing (NFS, some containers). */
const LOOK_EVERY_MS = 1000;

const BLOCK_BYTES = 64 * 1024;

/** A text without a line break is shown as a line when it stands for a look (a prompt), or grows to this. */
const LONGEST_LINE = 1024 * 1024;

/** Follows any number of log files. Whoever opens it closes it. */
export interface LogFollower {
  /** Adds a file from that place on. A second time: no effect. */
  add(path: string, from: LogPosition): void;
  close(): Promise<void>;
}

/**
 * Reads what is appended to files, line by line. A file may be truncated, renamed and made anew, removed, or not be
 * there yet: what is written is shown once, in order, as long as it can be reached.
 *
 * @param onError called when a file cannot be read; it is given up until it changes
 */
export function followFiles(
  onLine: (path: string, line: string) => void,
  onError: (path: string, error: unknown) => void,
): LogFollower {
  const files = new Map<string, FollowedFile>();
  const watchers = new Map<string, FSWatcher | null>();
  const lookAt = (file: FollowedFile, isRound: boolean): void => {
    file.look(isRound).catch((error: unknown) => onError(file.path, error));
  };
  const timer = setInterval(() => {
    for (const file of files.values()) lookAt(file, true);
  }, LOOK_EVERY_MS);
  const watchFolder = (folder: string): void => {
    if (watchers.get(folder) != null) return;
    try {
      const watcher = watch(folder, (_event, name) => {
        for (const file of files.values()) {
          const isMeant = name === null || basename(file.path) === name;
          if (isMeant && dirname(file.path) === folder) lookAt(file, false);
        }
      });
      // The limit of inotify watches, or the folder is gone: the round goes on.
      watcher.on('error', () => watchers.set(folder, null));
      watchers.set(folder, watcher);
    } catch {
      watchers.set(folder, null);
    }
  };
  return {
    add: (path, from) => {
      if (files.has(path)) return;
      const file = new FollowedFile(path, from, (line) => onLine(path, line));
      files.set(path, file);
      watchFolder(dirname(path));
      lookAt(file, false);
    },
    close: async () => {
      clearInterval(timer);
      for (const watcher of watchers.values()) watcher?.close();
      await Promise.all([...files.values()].map((file) => file.close()));
    },
  };
}

/** One file, and how far it was read. Owns the descriptor. */
class FollowedFile {
  #handle: FileHandle | null = null;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;
  readonly #lines: LineBuffer;

  constructor(
    readonly path: string,
    private at: LogPosition,
    onLine: (line: string) => void,
  ) {
    this.#lines = new LineBuffer(onLine);
  }

  /** Reads what is new. Looks queue up, so that one file is never read by two at once. */
  look(isRound: boolean): Promise<void> {
    const turn = this.#work.then(() => (this.#isClosed ? undefined : this.#readNew(isRound)));
    this.#work = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
    await this.#handle?.close();
  }

  async #readNew(isRound: boolean): Promise<void> {
    // The old descriptor first: a renamed file may have got its last lines after the last look.
    if (this.#handle !== null) await this.#drain(this.#handle);
    const now = await stat(this.path).catch(() => null);
    if (now !== null && (this.#handle === null || now.ino !== this.at.inode)) await this.#openAnew();
    if (isRound) this.#lines.endRound();
  }

  async #openAnew(): Promise<void> {
    const handle = await openIfThere(this.path);
    if (handle === null) return;
    await this.#handle?.close();
    this.#handle = handle;
    const { ino } = await handle.stat();
    if (ino !== this.at.inode) this.#startOver(ino);
    await this.#drain(handle);
  }

  #startOver(inode: number): void {
    this.at = { ...BEGINNING, inode };
    this.#lines.endText();
  }

  async #drain(handle: FileHandle): Promise<void> {
    if ((await handle.stat()).size < this.at.bytes) this.#startOver(this.at.inode);
    const block = Buffer.alloc(BLOCK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(block, 0, block.length, this.at.bytes);
      if (bytesRead === 0) return;
      this.at = { ...this.at, bytes: this.at.bytes + bytesRead };
      this.#lines.write(block.subarray(0, bytesRead));
    }
  }
}

/** Cuts a stream of bytes into lines. */
class LineBuffer {
  #decoder = new StringDecoder('utf8');
  #unfinished = '';
  #isStanding = false;

  constructor(private readonly onLine: (line: string) => void) {}

  write(bytes: Buffer): void {
    const lines = (this.#unfinished + this.#decoder.write(bytes)).split('\n');
    this.#unfinished = lines.pop() ?? '';
    this.#isStanding = false;
    for (const line of lines) this.onLine(withoutReturn(line));
    if (this.#unfinished.length > LONGEST_LINE) this.#showUnfinished();
  }

  /** A text that was there at the end of the last round already is shown as it is: a prompt waits for an answer. */
  endRound(): void {
    if (this.#isStanding) this.#showUnfinished();
    this.#isStanding = true;
  }

  /** Nothing more of this text will come; another begins. */
  endText(): void {
    this.#showUnfinished();
    this.#decoder = new StringDecoder('utf8');
  }

  #showUnfinished(): void {
    if (this.#unfinished !== '') this.onLine(this.#unfinished);
    this.#unfinished = '';
  }
}
