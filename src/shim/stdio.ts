import { mkdirSync, openSync, closeSync, writev } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';

/** A worker that writes faster than the disk takes is held back from here on: its pipe fills and its write blocks. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** What `describe` shows of stderr: ten lines, no more than fit on a screen. */
const TAIL_BYTES = 2048;
const TAIL_LINES = 10;
/** How long a full disk is left alone before the next try. */
const RETRY_MS = 250;

export interface LogPump {
  /** Last lines that came by, whole ones only where the tail allows. */
  tail(): string[];
  /** Opens the file anew, for an external logrotate that has moved it. */
  reopen(): void;
}

/**
 * Pumps one stream of a worker into a file, byte for byte. Memory is bounded by {@link MAX_QUEUED_BYTES} and one
 * chunk. A file that cannot be written never harms the app: after an error the queue is kept, the stream paused,
 * and writing is tried again.
 */
export function pumpLog(stream: Readable, path: string | null, options: { keepTail: boolean }): LogPump {
  const file = path === null ? null : new LogFile(path, stream);
  let tail: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    if (options.keepTail) tail = lastBytes(tail, chunk);
    file?.write(chunk);
  });
  // A broken pipe at the end of a worker is its end, told by `exit`.
  stream.on('error', () => undefined);
  stream.on('close', () => file?.end());
  return {
    tail: () => tail.toString().split('\n').filter((line) => line.trim() !== '').slice(-TAIL_LINES),
    reopen: () => file?.reopen(),
  };
}

/** A copy, so that a 64 KB chunk is not kept alive for its last 2 KB. */
function lastBytes(old: Buffer, chunk: Buffer): Buffer {
  if (chunk.length >= TAIL_BYTES) return Buffer.from(chunk.subarray(-TAIL_BYTES));
  return Buffer.concat([old, chunk]).subarray(-TAIL_BYTES);
}

/** One append-only descriptor with one write under way. Appending keeps several writers of a merged file whole. */
class LogFile {
  private fd: number | null = null;
  private queue: Buffer[] = [];
  private queuedBytes = 0;
  private writing = false;
  private ended = false;

  constructor(
    private readonly path: string,
    private readonly source: Readable,
  ) {
    // The file is there as soon as the worker is: `pm logs` and scripts look for it.
    this.open();
  }

  write(chunk: Buffer): void {
    this.queue.push(chunk);
    this.queuedBytes += chunk.length;
    if (this.queuedBytes > MAX_QUEUED_BYTES) this.source.pause();
    this.flush();
  }

  reopen(): void {
    // A write under way still uses the descriptor; flush() opens the new one after it.
    if (this.writing) this.reopenWanted = true;
    else this.closeFile();
  }

  end(): void {
    this.ended = true;
    this.flush();
  }

  private reopenWanted = false;

  private open(): number | null {
    if (this.fd !== null) return this.fd;
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      this.fd = openSync(this.path, 'a', 0o600);
    } catch {
      return null;
    }
    return this.fd;
  }

  private closeFile(): void {
    this.reopenWanted = false;
    if (this.fd === null) return;
    closeSync(this.fd);
    this.fd = null;
  }

  private flush(): void {
    if (this.writing) return;
    if (this.reopenWanted) this.closeFile();
    if (this.queue.length === 0) {
      if (this.ended) this.closeFile();
      return;
    }
    const fd = this.open();
    this.writing = true;
    if (fd === null) {
      this.retryLater();
      return;
    }
    writev(fd, this.queue.slice(0, MAX_BUFFERS), (error, bytes) => {
      if (error !== null) {
        this.retryLater();
        return;
      }
      this.writing = false;
      this.drop(bytes);
      if (this.queuedBytes <= MAX_QUEUED_BYTES / 2) this.source.resume();
      this.flush();
    });
  }

  /** ENOSPC, EIO, a folder that is gone: the queue stays as it is; it cannot grow, because its source is paused. */
  private retryLater(): void {
    this.source.pause();
    setTimeout(() => {
      this.writing = false;
      this.closeFile();
      this.flush();
    }, RETRY_MS);
  }

  private drop(bytes: number): void {
    this.queuedBytes -= bytes;
    let left = bytes;
    while (left > 0) {
      const first = this.queue[0];
      if (first === undefined) return;
      if (first.length > left) {
        this.queue[0] = first.subarray(left);
        return;
      }
      left -= first.length;
      this.queue.shift();
    }
  }
}

/** writev takes at most IOV_MAX buffers (1,024 on Linux). */
const MAX_BUFFERS = 1024;
