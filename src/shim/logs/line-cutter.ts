const LINE_FEED = 10;

/** A line that is longer than this is passed on in pieces: a gigabyte without a break must not be held. */
const LONGEST_HELD_BYTES = 256 * 1024;

/** Makes whole lines out of chunks that were cut anywhere. Holds what comes after the last line end. */
export class LineCutter {
  private held: Buffer[] = [];
  private heldBytes = 0;

  /** True while something is held. */
  get isHolding(): boolean {
    return this.heldBytes > 0;
  }

  /** All whole lines up to now as one buffer; null while there is none. */
  push(chunk: Buffer): Buffer | null {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      this.hold(chunk);
      return this.heldBytes > LONGEST_HELD_BYTES ? this.takePiece() : null;
    }
    const lines = this.takeRest(chunk.subarray(0, end));
    // Copied when it is small, so that a few bytes do not keep 64 KB alive.
    if (end < chunk.length) this.hold(Buffer.from(chunk.subarray(end)));
    return lines;
  }

  /** What is held, but for the beginning of a letter that has not come wholly. */
  takePiece(): Buffer | null {
    const all = this.takeRest();
    const end = wholeLettersEnd(all);
    if (end < all.length) this.hold(all.subarray(end));
    return end === 0 ? null : all.subarray(0, end);
  }

  /** What is held, and then `more`. */
  takeRest(more?: Buffer): Buffer {
    const parts = more === undefined ? this.held : [...this.held, more];
    this.held = [];
    this.heldBytes = 0;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  private hold(bytes: Buffer): void {
    this.held.push(bytes);
    this.heldBytes += bytes.length;
  }
}

/** Where the last whole UTF-8 letter ends. Bytes that are no UTF-8 at all count as whole: they never will be. */
function wholeLettersEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    // A byte that goes on with a letter: its first one stands before it.
    if (byte >= 0x80 && byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
