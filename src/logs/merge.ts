import type { LogLine } from './lines';

/** The lines of one file, in their order. */
export interface TimedFile<Source> {
  readonly source: Source;
  readonly lines: readonly LogLine[];
  /** Of its last change: all that is known of when unstamped lines were written. */
  readonly changedAtMs: number;
}

export interface MergedLine<Source> {
  readonly source: Source;
  readonly line: LogLine;
  /** Its own stamp, or that of the line before it (a stack trace); null in a file without any. */
  readonly atMs: number | null;
}

/**
 * Lines of several files as one list by time. A line without a stamp stays behind the line before it; a file without any
 * stamp stands as a whole at the time of its last change, which is that of its last line.
 */
export function mergeByTime<Source>(files: readonly TimedFile<Source>[]): MergedLine<Source>[] {
  const ranked = files.flatMap(({ source, lines, changedAtMs }, file) => {
    let last = lines.find(({ atMs }) => atMs !== null)?.atMs ?? null;
    let rank = last ?? changedAtMs;
    return lines.map((line, place) => {
      last = line.atMs ?? last;
      // Never before the line before it: the order within a file is certain, clocks are not.
      rank = Math.max(rank, last ?? changedAtMs);
      return { source, line, atMs: last, rank, file, place };
    });
  });
  ranked.sort((a, b) => a.rank - b.rank || a.file - b.file || a.place - b.place);
  return ranked.map(({ source, line, atMs }) => ({ source, line, atMs }));
}
