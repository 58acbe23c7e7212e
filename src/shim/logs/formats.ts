import { isUtf8 } from 'node:buffer';
import { makeStamper } from '../../logs/date-format';
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
      isLineStart = endsLine(bytes);
      return bytes;
    },
    remark: (text) => {
      const start = isLineStart ? '' : '\n';
      isLineStart = true;
      return Buffer.from(`${start}[pm] ${text}\n`);
    },
  };
}

/*
 * The other two write bytes into one buffer: strings would be made at twice the rate of the output, and the heap
 * of the shim would grow by a hundred megabytes (measured at 100 MB/s).
 */

/** `<stamp>: ` before each line, when its first byte comes; no byte of the line itself is touched. */
function stampFormatter(pattern: string): Formatter {
  const stamp = makeStamper(pattern);
  let isLineStart = true;
  const format = (bytes: Buffer, nowMs: number): Buffer => {
    const prefix = Buffer.from(`${stamp(nowMs)}: `);
    const result = Buffer.allocUnsafeSlow(bytes.length + (countLines(bytes) + 1) * prefix.length);
    let end = 0;
    for (let start = 0; start < bytes.length;) {
      if (isLineStart) end += prefix.copy(result, end);
      const lineEnd = bytes.indexOf(LINE_FEED, start);
      isLineStart = lineEnd !== -1;
      const next = isLineStart ? lineEnd + 1 : bytes.length;
      end += bytes.copy(result, end, start, next);
      start = next;
    }
    return result.subarray(0, end);
  };
  return {
    needsLines: false,
    format,
    remark: (text, nowMs) => format(Buffer.from(`${isLineStart ? '' : '\n'}[pm] ${text}\n`), nowMs),
  };
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}

/** What JSON puts in the place of a byte within a text; nothing for those that stand for themselves. */
const ESCAPES: readonly (Buffer | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const escaped = JSON.stringify(String.fromCharCode(byte)).slice(1, -1);
  return byte < 128 && escaped.length > 1 ? Buffer.from(escaped) : undefined;
});

/** One record (logs/record.ts) a line. Bytes that are no UTF-8 become U+FFFD: JSON cannot carry them. */
function jsonFormatter({ pattern, appName, instanceId }: LogFormat, type: 'out' | 'err'): Formatter {
  const stamp = makeStamper(pattern);
  const head = Buffer.from('{"message":"');
  const endOf = (nowMs: number, kind: string, more = ''): Buffer => {
    const timestamp = JSON.stringify(pattern === '' ? new Date(nowMs).toISOString() : stamp(nowMs));
    const name = JSON.stringify(appName);
    return Buffer.from(
      `","timestamp":${timestamp},"type":"${kind}","process_id":${String(instanceId)},"app_name":${name}${more}}\n`,
    );
  };
  const format = (given: Buffer, nowMs: number, isEnd: boolean, kind: string = type): Buffer => {
    const bytes = isUtf8(given) ? given : Buffer.from(given.toString('utf8'));
    const tail = endOf(nowMs, kind);
    const lastTail = isEnd ? tail : endOf(nowMs, kind, ',"partial":true');
    const out = new GrowingBuffer(bytes.length + (countLines(bytes) + 1) * (head.length + lastTail.length));
    for (let start = 0; start < bytes.length;) {
      const lineEnd = bytes.indexOf(LINE_FEED, start);
      const end = lineEnd === -1 ? bytes.length : lineEnd;
      out.makeRoom(head.length + end - start + lastTail.length);
      out.addPlain(head);
      out.addEscaped(bytes, start, end, lastTail.length);
      out.addPlain(lineEnd === -1 ? lastTail : tail);
      start = end + 1;
    }
    return out.taken();
  };
  return {
    needsLines: true,
    format: (bytes, nowMs, isEnd) => format(bytes, nowMs, isEnd),
    remark: (text, nowMs) => format(Buffer.from(`${text}\n`), nowMs, true, 'pm'),
  };
}

/** A buffer that is as large as the text is likely to be, and grows where it has much to escape. */
class GrowingBuffer {
  private buffer: Buffer;
  private end = 0;

  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(bytes);
  }

  makeRoom(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow((this.buffer.length + bytes) * 2);
    this.buffer.copy(larger, 0, 0, this.end);
    this.buffer = larger;
  }

  /** There must be room for it. */
  addPlain(bytes: Buffer): void {
    bytes.copy(this.buffer, this.end);
    this.end += bytes.length;
  }

  /** Part of a text. There must be room for it as it is, and for `more` behind it. */
  addEscaped(bytes: Buffer, start: number, end: number, more: number): void {
    // In locals: this loop sees every byte of the output.
    let { buffer, end: to } = this;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      const escape = ESCAPES[byte];
      if (escape === undefined) buffer[to++] = byte;
      else {
        this.end = to;
        this.makeRoom(escape.length + end - at + more);
        this.addPlain(escape);
        ({ buffer, end: to } = this);
      }
    }
    this.end = to;
  }

  taken(): Buffer {
    return this.buffer.subarray(0, this.end);
  }
}
