import { makeStamper } from '../../logs/date-format';
import type { LogRecord } from '../../logs/record';
import type { LogFormat } from '../../protocol/shim';

const LINE_FEED = 10;

/** What becomes of the bytes of one stream on their way into its files. */
export interface Formatter {
  /** It can only work on whole lines (or on a piece of one that is too long or stays unfinished). */
  readonly needsLines: boolean;
  /** `isEnd`: nothing follows, so a line without an end is one all the same. */
  format(bytes: Buffer, nowMs: number, isEnd: boolean): Buffer;
  /** A line that pm itself has to say. */
  remark(text: string, nowMs: number): Buffer;
}

export function makeFormatter(format: LogFormat | undefined, type: 'out' | 'err'): Formatter {
  if (format === undefined) return rawFormatter();
  return format.kind === 'stamp' ? stampFormatter(format.pattern) : jsonFormatter(format, type);
}

const endsLine = (bytes: Buffer): boolean => bytes[bytes.length - 1] === LINE_FEED;

/** Byte for byte. */
function rawFormatter(): Formatter {
  let isLineStart = true;
  return {
    needsLines: false,
    format: (bytes) => {
      if (bytes.length > 0) isLineStart = endsLine(bytes);
      return bytes;
    },
    remark: (text) => {
      const start = isLineStart ? '' : '\n';
      isLineStart = true;
      return Buffer.from(`${start}[pm] ${text}\n`);
    },
  };
}

/** `<stamp>: ` before each line, when its first byte comes; no byte of the line itself is touched. */
function stampFormatter(pattern: string): Formatter {
  const stamp = makeStamper(pattern);
  // As latin1 every byte is one character and comes out as it went in, UTF-8 or not.
  const prefixAt = (nowMs: number): string => Buffer.from(`${stamp(nowMs)}: `).toString('latin1');
  let isLineStart = true;
  const format = (bytes: Buffer, nowMs: number): Buffer => {
    if (bytes.length === 0) return bytes;
    const prefix = prefixAt(nowMs);
    const isWhole = endsLine(bytes);
    const text = bytes.toString('latin1', 0, isWhole ? bytes.length - 1 : bytes.length);
    const stamped = (isLineStart ? prefix : '') + text.replaceAll('\n', () => `\n${prefix}`);
    isLineStart = isWhole;
    return Buffer.from(isWhole ? `${stamped}\n` : stamped, 'latin1');
  };
  return {
    needsLines: false,
    format,
    remark: (text, nowMs) => {
      const line = `[pm] ${text}\n`;
      return isLineStart ? format(Buffer.from(line), nowMs) : format(Buffer.from(`\n${line}`), nowMs);
    },
  };
}

/** One {@link LogRecord} a line. Bytes that are no UTF-8 become U+FFFD: JSON cannot carry them. */
function jsonFormatter({ pattern, appName, instanceId }: LogFormat, type: 'out' | 'err'): Formatter {
  const stamp = pattern === '' ? (nowMs: number) => new Date(nowMs).toISOString() : makeStamper(pattern);
  const record = (message: string, nowMs: number, more: Pick<LogRecord, 'type' | 'partial'>): string => {
    const { type: kind, ...rest } = more;
    const timestamp = stamp(nowMs);
    const line: LogRecord = {
      message,
      timestamp,
      type: kind,
      process_id: instanceId,
      app_name: appName,
      ...rest,
    };
    return `${JSON.stringify(line)}\n`;
  };
  return {
    needsLines: true,
    format: (bytes, nowMs, isEnd) => {
      if (bytes.length === 0) return bytes;
      const lines = bytes.toString('utf8').split('\n');
      const last = lines.pop() ?? '';
      const rest = last === '' ? '' : record(last, nowMs, isEnd ? { type } : { type, partial: true });
      return Buffer.from(lines.map((line) => record(line, nowMs, { type })).join('') + rest);
    },
    remark: (text, nowMs) => Buffer.from(record(text, nowMs, { type: 'pm' })),
  };
}
