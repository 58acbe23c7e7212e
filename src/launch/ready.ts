import { closeSync, writeSync } from 'node:fs';

/** The child's end of the pipe on which it says that it is ready, or why it cannot be. */
export const READY_FD = 3;
export const READY_FD_ENV = 'PM_READY_FD';

/** `{}`: ready. */
export interface ReadyReport {
  readonly error?: string;
  /** Another one of us is there already: not an error for who only wants that one runs. */
  readonly already?: boolean;
  /** Written by nobody: it died before it could report. */
  readonly died?: boolean;
}

/** Says it once; later calls, and processes that nobody waits for, do nothing. */
export function reportReady(report: ReadyReport = {}): void {
  if (process.env[READY_FD_ENV] === undefined) return;
  Reflect.deleteProperty(process.env, READY_FD_ENV);
  try {
    writeSync(READY_FD, JSON.stringify(report));
    closeSync(READY_FD);
  } catch {
    // Whoever waited is gone; being ready does not depend on it.
  }
}
