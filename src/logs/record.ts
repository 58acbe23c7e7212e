/** One line of a log with `log_type: json`, and of `pm logs --json`: PM2's keys (PM2-FACTS §2.3, §7.9). */
export interface LogRecord {
  readonly message: string;
  /** ISO, or by `log_date_format`. */
  readonly timestamp: string;
  /** `pm`: said by pm itself (lines were dropped). */
  readonly type: 'out' | 'err' | 'pm';
  readonly process_id: number;
  readonly app_name: string;
  /** The line goes on in the next record: it was too long, or unfinished for too long. */
  readonly partial?: true;
}

/** null: no record of ours. */
export function readRecord(line: string): LogRecord | null {
  if (!line.startsWith('{"message":')) return null;
  try {
    const value = JSON.parse(line) as Partial<LogRecord>;
    const isRecord =
      typeof value.message === 'string' &&
      typeof value.timestamp === 'string' &&
      typeof value.process_id === 'number';
    return isRecord ? (value as LogRecord) : null;
  } catch {
    return null;
  }
}
