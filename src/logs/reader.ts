/**
 * Reading log files, for the CLI and the dashboard: always the files themselves, never through God (DESIGN D9).
 *
 * What looks into lines (order by time over several files, `--since`, JSON) reads through these two as well and has
 * its place in this folder.
 */
export { followFiles, type LogFollower } from './follow';
export { readTail, type LogPosition, type LogTail } from './tail';
