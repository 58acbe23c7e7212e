import { closeSync, mkdirSync, openSync, writev } from 'node:fs';
import { dirname } from 'node:path';

/** How long a full disk is left alone before the next try. */
const RETRY_MS = 250;
/** writev takes at most IOV_MAX buffers (1,024 on Linux). */
const MAX_BUFFERS = 1024;

/** Buffers that wait to be written, in order. */
class ByteQueue {
  bytes = 0;
  private buffers: Buffer[] = [];

  push(buffer: Buffer): void {
    this.buffers.push(buffer);
    this.bytes += buffer.length;
  }

  head(): Buffer[] {
    return this.buffers.slice(0, MAX_BUFFERS);
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

/**
 * One append-only descriptor with at most one write under way. Appending keeps the chunks of several writers of a
 * merged file whole. It never gives up: a disk that is full or a folder that is gone is tried again.
 */
export class LogFile {
  private readonly queue = new ByteQueue();
  private fd: number | null = null;
  private writing = false;
  private ended = false;
  private reopenWanted = false;

  /** `onQueued` is told how many bytes wait, so that the source can be held back. */
  constructor(
    private readonly path: string,
    private readonly onQueued: (bytes: number) => void,
  ) {
    // The file is there as soon as the worker is: `pm logs` and scripts look for it.
    this.fd = openAppend(path);
  }

  write(chunk: Buffer): void {
    this.queue.push(chunk);
    this.onQueued(this.queue.bytes);
    this.flush();
  }

  /** The next write goes to a new descriptor: an external logrotate has moved the file. */
  reopen(): void {
    this.reopenWanted = true;
    this.flush();
  }

  /** Nothing comes any more: what waits is written, then the descriptor closed. */
  end(): void {
    this.ended = true;
    this.flush();
  }

  private flush(): void {
    if (this.writing) return;
    if (this.reopenWanted) this.closeFile();
    if (this.queue.bytes === 0) {
      if (this.ended) this.closeFile();
      return;
    }
    this.writing = true;
    this.fd ??= openAppend(this.path);
    if (this.fd === null) this.retryLater();
    else {
      writev(this.fd, this.queue.head(), (error, bytes) => {
        if (error !== null) {
          this.retryLater();
          return;
        }
        this.writing = false;
        this.queue.drop(bytes);
        this.onQueued(this.queue.bytes);
        this.flush();
      });
    }
  }

  private retryLater(): void {
    setTimeout(() => {
      this.writing = false;
      this.closeFile();
      this.flush();
    }, RETRY_MS);
  }

  private closeFile(): void {
    this.reopenWanted = false;
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }
}

function openAppend(path: string): number | null {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, 'a', 0o600);
  } catch {
    return null;
  }
}
