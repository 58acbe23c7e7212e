import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileUserOf } from '../platform';
import type { WorkerLogs, WorkerStart } from '../protocol/shim';
import { makeFormatter } from './logs/formats';
import type { LogFile } from './logs/log-file';
import type { LogFiles } from './logs/log-files';
import { LogSource } from './logs/log-source';
import { sweepAfter } from './logs/sweeper';

/** Room for the traces that Node prints behind the sentence which says why it aborts. */
const TAIL_BYTES = 8192;
const TAIL_LINES = 60;

/** The output of one worker on its way into files; God is never on it (D9). */
export interface WorkerOutput {
  /** The last lines of stderr that came by. */
  stderrTail(): string[];
  readonly files: readonly LogFile[];
}

/** Pumps stdout and stderr into their files; without any they are read and forgotten, so that the app never waits. */
export function pumpOutput(
  child: ChildProcess,
  { logs, uid, gid }: WorkerStart,
  files: LogFiles,
): WorkerOutput {
  const user = fileUserOf(uid, gid);
  const open = (path: string | null | undefined): LogFile[] =>
    path == null ? [] : [files.open(path, logs.rotation ?? null, user)];
  const combined = open(logs.combinedPath);
  const ofOut = [...open(logs.outPath), ...combined];
  const ofError = [...open(logs.errorPath), ...combined];
  const tail = new Tail();
  pump(child.stdout, makeSource(child.stdout, ofOut, logs, 'out'));
  pump(child.stderr, makeSource(child.stderr, ofError, logs, 'err'), (chunk) => tail.add(chunk));
  return { stderrTail: () => tail.lines(), files: [...new Set([...ofOut, ...ofError])] };
}

function makeSource(
  stream: Readable | null,
  files: readonly LogFile[],
  { format, overflow }: WorkerLogs,
  type: 'out' | 'err',
): LogSource | null {
  if (stream === null) return null;
  // out_file and error_file, or one of them and log_file, may be the same: written once.
  return new LogSource(stream, [...new Set(files)], makeFormatter(format, type), overflow ?? 'auto');
}

function pump(stream: Readable | null, source: LogSource | null, onChunk?: (chunk: Buffer) => void): void {
  stream?.on('data', (chunk: Buffer) => {
    onChunk?.(chunk);
    source?.take(chunk);
    if (source === null || source.isNowhere) sweepAfter(chunk.length);
  });
  // A broken pipe at the end of a worker is its end, told by `exit`.
  stream?.on('error', () => undefined);
}

/** The last bytes of a stream. */
class Tail {
  private bytes: Buffer = Buffer.alloc(0);
  private isCut = false;

  /** Copies, so that a 64 KB chunk is not kept alive for its end. */
  add(chunk: Buffer): void {
    this.isCut ||= this.bytes.length + chunk.length > TAIL_BYTES;
    const isAll = chunk.length >= TAIL_BYTES;
    const all = isAll ? Buffer.from(chunk.subarray(-TAIL_BYTES)) : Buffer.concat([this.bytes, chunk]);
    this.bytes = all.length > TAIL_BYTES ? all.subarray(-TAIL_BYTES) : all;
  }

  lines(): string[] {
    const lines = this.bytes.toString('utf8').split('\n');
    // The first may be the second half of a line, or of a letter.
    if (this.isCut && lines.length > 1) lines.shift();
    return lines.filter((line) => line.trim() !== '').slice(-TAIL_LINES);
  }
}
