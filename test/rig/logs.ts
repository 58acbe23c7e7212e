import { readFileSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { rotatedAmong } from '../../src/logs/rotated';

/** The rotated files of a log, oldest first, then the log itself: their texts. */
export function generations(path: string): string[] {
  const rotated = rotatedAmong(path, readdirSync(dirname(path))).map((file) => {
    const bytes = readFileSync(file.path);
    return (file.isCompressed ? gunzipSync(bytes) : bytes).toString('utf8');
  });
  return [...rotated, readFileSync(path, 'utf8')];
}

/** How many rotated files there are, and how many of them are compressed. */
export function rotatedCounts(path: string): { all: number; compressed: number } {
  const files = rotatedAmong(path, readdirSync(dirname(path)));
  return { all: files.length, compressed: files.filter(({ isCompressed }) => isCompressed).length };
}

/** What is wrong with lines that must count up from 0 (numbered.js); empty: nothing. */
export function faultsOf(text: string, count: number): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const faults = lines.flatMap((line, at) =>
    line === `${String(at).padStart(9, '0')} ${'x'.repeat(89)}` ? [] : [`line ${at} is ${line.slice(0, 40)}`],
  );
  return [...(lines.length === count ? [] : [`${lines.length} lines instead of ${count}`]), ...faults].slice(
    0,
    5,
  );
}

/** Long forms of log tests: `npm run test:long`. */
export const IS_LONG = (process.env['PM_TEST_LONG'] ?? '') !== '';
