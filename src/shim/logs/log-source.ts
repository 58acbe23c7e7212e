import type { Readable } from 'node:stream';
import type { LogOverflow } from '../../protocol/shim';
import type { Formatter } from './formats';
import { LineCutter } from './line-cutter';
import type { LogFile, LogUser } from './log-file';
import { sweepAfter } from './sweeper';

/** A prompt waits for an answer, and its reader for the prompt: text without a line end is held for this long at most. */
const LONGEST_HELD_MS = 500;
const LINE_FEED = 10;

/** What is not written: how much, and since when. */
interface Gap {
  bytes: number;
  /** The next byte that comes begins a line. */
  endsLine: boolean;
  readonly sinceMs: number;
  /** What the disk has said; null: it was merely slow. */
  failure: string | null;
}

/**
 * One stream of a worker on its way into its files: made lines of where that was asked for (or where several write to
 * one file), held back or dropped where the disk does not follow. Memory is bounded whatever the disk does.
 */
export class LogSource implements LogUser {
  readonly #cutter = new LineCutter();
  #gap: Gap | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly stream: Readable,
    private readonly files: readonly LogFile[],
    private readonly formatter: Formatter,
    private readonly overflow: LogOverflow,
  ) {
    for (const file of files) file.attach(this);
    stream.on('close', () => this.#end());
  }

  /** Nothing is kept of what it takes. */
  get isNowhere(): boolean {
    return this.files.length === 0;
  }

  /** The next bytes of the stream. */
  take(chunk: Buffer): void {
    if (this.files.length === 0) return;
    const rest = this.#gap === null ? this.#admit(chunk) : this.#leaveGap(chunk, this.#gap);
    if (rest === null) {
      sweepAfter(chunk.length);
      return;
    }
    const isCut = this.formatter.needsLines || this.files.some(({ userCount }) => userCount > 1);
    this.#write(
      isCut ? this.#cutter.push(rest) : this.#cutter.isHolding ? this.#cutter.takeRest(rest) : rest,
    );
    if (this.#cutter.isHolding) {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#write(this.#cutter.takePiece());
      }, LONGEST_HELD_MS);
    }
    this.onPressure();
  }

  onPressure(): void {
    const gap = this.#gap;
    if (gap?.endsLine === true && haveRoom(this.files)) this.#mark(gap);
    const isFull = this.files.some((file) => file.pressure().kind !== 'none');
    if (isFull && !mayDrop(this.files, this.overflow)) this.stream.pause();
    else if (this.stream.isPaused() && (isFull || haveRoom(this.files))) this.stream.resume();
  }

  /** null: there is no room for it, and it is dropped. */
  #admit(chunk: Buffer): Buffer | null {
    if (!mayDrop(this.files, this.overflow)) return chunk;
    const endsLine = chunk[chunk.length - 1] === LINE_FEED;
    this.#gap = { bytes: chunk.length, endsLine, sinceMs: Date.now(), failure: failureOf(this.files) };
    return null;
  }

  /** Drops on until there is room, and then to the end of the line; the gap is marked where it was. */
  #leaveGap(chunk: Buffer, gap: Gap): Buffer | null {
    const end = haveRoom(this.files) ? chunk.indexOf(LINE_FEED) : -1;
    if (end === -1) {
      gap.bytes += chunk.length;
      gap.failure = failureOf(this.files) ?? gap.failure;
      gap.endsLine = chunk[chunk.length - 1] === LINE_FEED;
      return null;
    }
    gap.bytes += end + 1;
    this.#mark(gap);
    return chunk.subarray(end + 1);
  }

  #mark(gap: Gap): void {
    this.#gap = null;
    this.#write(this.#cutter.takeRest());
    const seconds = Math.ceil((Date.now() - gap.sinceMs) / 1000);
    const text = `${String(gap.bytes)} bytes of output were dropped here within ${String(seconds)} s: ${gap.failure ?? 'the disk did not keep up'}`;
    const line = this.formatter.remark(text, Date.now());
    for (const file of this.files) file.write(line);
  }

  #write(bytes: Buffer | null, isEnd = false): void {
    if (bytes === null || bytes.length === 0) return;
    const formatted = this.formatter.format(bytes, Date.now(), isEnd);
    for (const file of this.files) file.write(formatted);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#write(this.#cutter.takeRest(), true);
    if (this.#gap !== null) this.#mark(this.#gap);
    for (const file of this.files) file.detach(this);
  }
}

/** Well below the limit, so that it is not crossed again with the next chunk. */
const haveRoom = (files: readonly LogFile[]): boolean => files.every((file) => file.pressure().hasRoom);

function mayDrop(files: readonly LogFile[], overflow: LogOverflow): boolean {
  if (overflow === 'block') return false;
  return files.some((file) => {
    const { kind } = file.pressure();
    return kind === 'refusing' || (kind === 'full' && overflow === 'drop');
  });
}

const failureOf = (files: readonly LogFile[]): string | null =>
  files.map((file) => file.pressure().failure).find((failure) => failure !== null) ?? null;
