import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { pmError, reasonOf, systemCodeOf } from '../errors';

/** Where views and messages go. */
export interface Stdout {
  readonly isTty: boolean;
  /** Of a terminal that knows its size; a serial line, some CI say 0. */
  readonly columns: () => number;
  readonly write: (text: string) => void;
  /** For what nothing follows but the end of the process. @throws PmError OUTPUT_UNWRITABLE, but nothing when nobody reads */
  readonly writeLast: (text: string) => void;
  /** A pipe takes 64 KB at once; the rest waits for its reader, and would be lost with the process. */
  readonly taken: () => Promise<void>;
  /** Before the process ends: all that was written is taken, or nobody reads. */
  readonly end: () => Promise<void>;
  /** Resolves when nobody reads any more (`pm logs | head -1`): a write tells it, or {@link lookOut}. */
  readonly gone: Promise<void>;
  /** Looks for the end of the reader also while nothing is written: of a pipe and of a terminal. */
  readonly lookOut: () => void;
}

/** Nobody waits for it: it is about a connection that ended while an app was silent. */
const LOOK_EVERY_MS = 1000;

/**
 * @param onFailure called with PmError OUTPUT_UNWRITABLE when a write fails later; not when nobody reads any more
 *
 * Node's stream for stdout is made when it is first needed: that takes 1.7 ms, a twelfth of what Node itself takes to
 * start, and most commands write to a pipe or a file but once, in the end.
 */
export function openStdout(onFailure: (error: unknown) => void): Stdout {
  let stream: NodeJS.WriteStream | undefined;
  let isGone = (): void => undefined;
  const gone = new Promise<void>((resolve) => (isGone = resolve));
  const streamed = (): NodeJS.WriteStream => {
    stream ??= process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') isGone();
      else onFailure(outputError(error));
    });
    return stream;
  };
  const isTty = isTerminal(1);
  const stdout: Stdout = {
    isTty,
    columns: () => streamed().columns,
    write: (text) => streamed().write(text),
    writeLast: (text) => {
      const rest = stream === undefined && !isTty ? writeBlocking(text) : text;
      if (rest.length > 0) streamed().write(rest);
    },
    taken: async () => {
      if (stream === undefined || stream.writableLength === 0) return;
      await Promise.race([new Promise<void>((resolve) => stream?.write('', () => resolve())), gone]);
    },
    end: async () => {
      if (stream === undefined) return;
      // Lets a failed write say EPIPE to its listener, and not to nobody.
      await new Promise((resolve) => setImmediate(resolve));
      await stdout.taken();
    },
    gone,
    lookOut: () => {
      setInterval(() => {
        if (isReaderGone(isTty)) isGone();
      }, LOOK_EVERY_MS).unref();
    },
  };
  return stdout;
}

const outputError = (error: unknown): Error =>
  pmError('OUTPUT_UNWRITABLE', { why: reasonOf(error) }, { cause: error });

/** Only what may be one is asked by `node:tty`, which takes 0.5 ms to load. */
const isTerminal = (fd: number): boolean =>
  fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd);

/** A terminal that was hung up is none any more; a pipe without reader cannot be opened for writing without waiting. */
function isReaderGone(isTty: boolean): boolean {
  if (isTty) return !process.getBuiltinModule('node:tty').isatty(1);
  if (!fstatSync(1).isFIFO()) return false;
  try {
    closeSync(openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK));
    return false;
  } catch (error) {
    return systemCodeOf(error) === 'ENXIO';
  }
}

/** Returns what must wait: somebody who shares the pipe has set it to non-blocking. */
function writeBlocking(text: string): Buffer {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'EPIPE') return Buffer.alloc(0);
    if (code !== 'EAGAIN') throw outputError(error);
  }
  return rest;
}
