import { findStamp, makeStampReader } from './parse-date';
import { readRecord, type LogRecord } from './record';

/** One line of a log, read. */
export interface LogLine {
  /** As it stands in the file. */
  readonly raw: string;
  /** Without what pm has put around it. */
  readonly message: string;
  /** When it was written, epoch ms; null where nothing in the line tells. */
  readonly atMs: number | null;
  /** What it says of itself, where it is a record of ours. */
  readonly record: LogRecord | null;
}

/** How pm writes the lines of a file; null: byte for byte. */
export interface LineFormat {
  readonly kind: 'stamp' | 'json';
  readonly pattern: string;
}

/** Reads lines of one file. Those that were written before its format was changed are read as what they are. */
export function makeLineReader(format: LineFormat | null): (line: string) => LogLine {
  const readStamp = format === null || format.pattern === '' ? null : makeStampReader(format.pattern);
  return (raw) => {
    const record = readRecord(raw);
    if (record !== null) {
      const { timestamp, message } = record;
      const atMs = readStamp?.(`${timestamp}: `)?.atMs ?? Date.parse(timestamp);
      return { raw, message, atMs: Number.isFinite(atMs) ? atMs : null, record };
    }
    const stamp = format?.kind === 'stamp' ? readStamp?.(raw) : null;
    if (stamp != null) return { raw, message: stamp.rest, atMs: stamp.atMs, record: null };
    return { raw, message: raw, atMs: findStamp(raw), record: null };
  };
}
