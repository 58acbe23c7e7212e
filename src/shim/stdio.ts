import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { WorkerLogs } from '../protocol/shim';
import { LogFile } from './log-file';

/** A worker that writes faster than the disk takes is held back from here on: its pipe fills and its write blocks. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** What `describe` shows of stderr: ten lines, no more than fit on a screen. */
const TAIL_BYTES = 2048;
const TAIL_LINES = 10;

/** The output of one worker on its way into files; God is never on it (D9). */
export interface WorkerOutput {
  /** The last lines of stderr that came by. */
  stderrTail(): string[];
  reopen(): void;
}

/** Pumps stdout and stderr, byte for byte; memory is bounded by {@link MAX_QUEUED_BYTES} and one chunk a stream. */
export function pumpOutput(child: ChildProcess, logs: WorkerLogs): WorkerOutput {
  let tail: Buffer = Buffer.alloc(0);
  const files = [
    pump(child.stdout, logs.outPath),
    pump(child.stderr, logs.errorPath, (chunk) => {
      tail = lastBytes(tail, chunk);
    }),
  ];
  return {
    stderrTail: () =>
      tail
        .toString()
        .split('\n')
        .filter((line) => line.trim() !== '')
        .slice(-TAIL_LINES),
    reopen: () => {
      for (const file of files) file?.reopen();
    },
  };
}

function pump(
  stream: Readable | null,
  path: string | null,
  onChunk?: (chunk: Buffer) => void,
): LogFile | null {
  if (stream === null) return null;
  const onQueued = (bytes: number): void => {
    if (bytes > MAX_QUEUED_BYTES) stream.pause();
    else if (stream.isPaused() && bytes <= MAX_QUEUED_BYTES / 2) stream.resume();
  };
  const file = path === null ? null : new LogFile(path, onQueued);
  stream.on('data', (chunk: Buffer) => {
    onChunk?.(chunk);
    file?.write(chunk);
  });
  // A broken pipe at the end of a worker is its end, told by `exit`.
  stream.on('error', () => undefined);
  stream.on('close', () => file?.end());
  return file;
}

/** A copy, so that a 64 KB chunk is not kept alive for its last 2 KB. */
function lastBytes(old: Buffer, chunk: Buffer): Buffer {
  if (chunk.length >= TAIL_BYTES) return Buffer.from(chunk.subarray(-TAIL_BYTES));
  return Buffer.concat([old, chunk]).subarray(-TAIL_BYTES);
}
