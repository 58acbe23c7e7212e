import { stat, type FileHandle } from 'node:fs/promises';
import { findRotated, readCompressed } from './history';
import { LineBuffer } from './line-buffer';
import type { RotatedFile } from './rotated';
import { BEGINNING, openIfThere, type LogPosition } from './tail';

const BLOCK_BYTES = 64 * 1024;

/**
 * One log, and how far it was read. Holds a descriptor, so that what is written last to a file that is moved or removed
 * is read too; goes through every file that rotation made since it last looked.
 */
export class FollowedFile {
  #handle: FileHandle | null = null;
  #work: Promise<void> = Promise.resolve();
  #isAsked = false;
  #isClosed = false;
  readonly #lines: LineBuffer;

  constructor(
    readonly path: string,
    private at: LogPosition,
    onLine: (line: string) => void,
    /** Waited for between two blocks: whoever shows the lines may be slower than the file. */
    private readonly untilShown: () => Promise<void>,
  ) {
    this.#lines = new LineBuffer(onLine);
  }

  /** Reads what is new. One look at a time; however often it is asked for meanwhile, one more follows. */
  look(isRound: boolean): Promise<void> {
    if (this.#isAsked && !isRound) return this.#work;
    this.#isAsked = true;
    const turn = this.#work.then(() => {
      this.#isAsked = false;
      return this.#isClosed ? undefined : this.#readNew(isRound);
    });
    this.#work = turn.catch(() => undefined);
    return turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
    await this.#handle?.close();
  }

  async #readNew(isRound: boolean): Promise<void> {
    const now = await stat(this.path).catch(() => null);
    const isSame = now !== null && now.ino === this.at.inode;
    // Most looks end here: a thousand quiet files cost a thousand stats a second, and nothing else.
    const isQuiet = isSame && now.size === this.at.bytes;
    if (this.#handle !== null && !isQuiet) await this.#drain(this.#handle);
    if (now !== null && (this.#handle === null || !isSame)) await this.#goOn();
    if (isRound) this.#lines.endRound();
  }

  /** From the file that was read so far to the live one, through those that were rotated away in between. */
  async #goOn(): Promise<void> {
    const live = await openLive(this.path, this.at.inode);
    if (live === null) return;
    const { handle, inode, rotated } = live;
    if (inode !== this.at.inode) {
      const since = await rotatedSince(this.at, rotated);
      for (const [index, file] of since.entries()) await this.#readRotated(file, index === 0);
      this.#lines.endText();
      this.at = { inode, bytes: 0, rotation: rotated.at(-1)?.stamp ?? '' };
    }
    await this.#handle?.close();
    this.#handle = handle;
    await this.#drain(handle);
  }

  /** The first that was rotated since our last look is the one that we were reading, unless that one is gone. */
  async #readRotated(file: RotatedFile, isFirst: boolean): Promise<void> {
    if (file.isCompressed) {
      if (isFirst && this.at.inode !== 0) return;
      this.#lines.endText();
      this.#lines.write((await readCompressed(file.path)) ?? Buffer.alloc(0));
      return;
    }
    const handle = await openIfThere(file.path);
    if (handle === null) return;
    const { ino } = await handle.stat();
    if (ino !== this.at.inode) {
      this.#lines.endText();
      this.at = { ...BEGINNING, inode: ino };
    }
    await this.#drain(handle);
    await handle.close();
  }

  async #drain(handle: FileHandle): Promise<void> {
    const { size } = await handle.stat();
    if (size < this.at.bytes) {
      this.#lines.endText();
      this.at = { ...this.at, bytes: 0 };
    }
    if (size === this.at.bytes) return;
    const block = Buffer.alloc(BLOCK_BYTES);
    while (!this.#isClosed) {
      const { bytesRead } = await handle.read(block, 0, block.length, this.at.bytes);
      if (bytesRead === 0) return;
      this.at = { ...this.at, bytes: this.at.bytes + bytesRead };
      this.#lines.write(block.subarray(0, bytesRead));
      await this.untilShown();
    }
  }
}

/**
 * The live file with the rotated ones before it, both of the same moment; null: there is none now. Those before are left
 * out where it is the file that is known: nobody needs them then.
 */
async function openLive(
  path: string,
  knownInode: number,
): Promise<{ handle: FileHandle; inode: number; rotated: readonly RotatedFile[] } | null> {
  for (;;) {
    const before = knownInode === (await inodeOf(path)) ? [] : ((await findRotated([path])).get(path) ?? []);
    const handle = await openIfThere(path);
    if (handle === null) return null;
    const inode = (await handle.stat()).ino;
    if (inode === knownInode) return { handle, inode, rotated: [] };
    const rotated = (await findRotated([path])).get(path) ?? [];
    if (before.at(-1)?.stamp === rotated.at(-1)?.stamp) return { handle, inode, rotated };
    // Rotated while we looked: which file the handle is cannot be told.
    await handle.close();
  }
}

/** Those that were rotated away since that position was taken; the first of them is its own file, unless it is gone. */
async function rotatedSince(
  { inode, rotation }: LogPosition,
  rotated: readonly RotatedFile[],
): Promise<readonly RotatedFile[]> {
  if (rotation !== null) return rotated.filter(({ stamp }) => stamp > rotation);
  for (let at = rotated.length - 1; at >= 0; at--)
    if ((await inodeOf(rotated[at]?.path ?? '')) === inode) return rotated.slice(at);
  return [];
}

const inodeOf = async (path: string): Promise<number | undefined> =>
  (await stat(path).catch(() => undefined))?.ino;
