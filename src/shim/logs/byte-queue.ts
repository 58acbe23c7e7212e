/** writev takes at most IOV_MAX buffers (1,024 on Linux). */
const MAX_BUFFERS = 1024;
const LINE_FEED = 10;

/** What the next write takes from the queue. */
export interface Portion {
  readonly buffers: readonly Buffer[];
  readonly bytes: number;
  /** The file is full after it, and a line ends there: time to rotate. */
  readonly endsFile: boolean;
}

/** Buffers that wait to be written, in order. */
export class ByteQueue {
  bytes = 0;
  private buffers: Buffer[] = [];

  push(buffer: Buffer): void {
    this.buffers.push(buffer);
    this.bytes += buffer.length;
  }

  /**
   * The next portion for a file that has room for so many more bytes: all that waits or, where that is too much, up to
   * the first end of a line behind the limit, so that no line lies in two files.
   */
  head(room: number): Portion {
    const buffers: Buffer[] = [];
    let bytes = 0;
    for (const buffer of this.buffers) {
      if (buffers.length === MAX_BUFFERS) break;
      const end =
        bytes + buffer.length < room ? -1 : buffer.indexOf(LINE_FEED, Math.max(0, room - bytes - 1));
      if (end !== -1) {
        const last = buffer.subarray(0, end + 1);
        return { buffers: [...buffers, last], bytes: bytes + last.length, endsFile: true };
      }
      buffers.push(buffer);
      bytes += buffer.length;
    }
    return { buffers, bytes, endsFile: false };
  }

  /** Forgets what has been written, which may end within a buffer. */
  drop(count: number): void {
    this.bytes -= count;
    let whole = 0;
    let left = count;
    for (; left >= (this.buffers[whole]?.length ?? Infinity); whole++)
      left -= this.buffers[whole]?.length ?? 0;
    this.buffers.splice(0, whole);
    const first = this.buffers[0];
    if (first !== undefined && left > 0) this.buffers[0] = first.subarray(left);
  }
}
