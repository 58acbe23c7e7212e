/**
 * Reading log files, for the CLI and the dashboard: always the files themselves, never through God (DESIGN D9).
 */
export { followFiles, type LogFollower } from './follow';
export { findRotated, readHistory, type HistoryWish } from './history';
export { makeLineReader, type LineFormat, type LogLine } from './lines';
export { mergeByTime, type MergedLine, type TimedFile } from './merge';
export { BEGINNING, readTail, type LogPosition, type LogTail } from './tail';
