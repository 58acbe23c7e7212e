import { writeSync } from 'node:fs';

/**
 * One line to pm.log, which is our standard error. Not by `process.stderr`: on a full disk that raises an error which
 * nobody handles, the handler of those tells it, and so on for ever (seen: 30,000 rounds a second).
 */
export function tell(text: string): void {
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // The line is lost, the shim is not.
  }
}
