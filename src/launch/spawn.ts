import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Home } from '../home';
import { daemonEnvironment } from './environment';
import { LEAN_FLAGS, LEAN_MALLOC } from './lean';
import { READY_FD, READY_FD_ENV, type ReadyReport } from './ready';

export interface DaemonSpawn {
  /** The bundle to run. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly nodePath: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly deadlineMs: number;
  /**
   * Nobody's child but init's. systemd hears of the end of a main process only as its parent, so a God that a shim starts
   * must not stay the shim's.
   */
  readonly orphan?: boolean;
}

/** Its last act is to be the parent that dies. */
const ORPHANING_SHELL = ['/bin/sh', '-c', '"$@" &', 'sh'] as const;

/**
 * Starts one of our own programs as a daemon: own session, cwd `/` (so that no file system is kept busy), a
 * scrubbed environment, output appended to pm.log. Resolves with what it reported on fd 3; a daemon that
 * neither reports nor ends within the deadline is left alone, because it may only be slow.
 */
export function spawnDaemon(home: Home, options: DaemonSpawn): Promise<ReadyReport> {
  const log = openSync(home.logFile, 'a', 0o600);
  try {
    const [program, ...args] = [
      ...(options.orphan === true ? ORPHANING_SHELL : []),
      options.nodePath,
      ...LEAN_FLAGS,
      options.entry,
      ...options.args,
    ] as const;
    const child = spawn(program, args, {
      cwd: '/',
      detached: true,
      env: {
        ...daemonEnvironment(home.path),
        ...options.env,
        ...LEAN_MALLOC,
        [READY_FD_ENV]: String(READY_FD),
      },
      stdio: ['ignore', log, log, 'pipe'],
    });
    child.unref();
    // Out of descriptors, Node gives a child without any `stdio`, and emits `error` after that.
    const pipe = (child.stdio as ChildProcess['stdio'] | undefined)?.[READY_FD] as
      Readable | null | undefined;
    return new Promise((resolve) => {
      const end = (report: ReadyReport): void => {
        clearTimeout(timer);
        pipe?.destroy();
        resolve(report);
      };
      const timer = setTimeout(end, options.deadlineMs, {
        error: `it did not get ready within ${String(options.deadlineMs)} ms`,
      });
      let text = '';
      pipe?.on('data', (chunk: Buffer) => (text += chunk.toString()));
      pipe?.on('end', () => {
        end(parseReport(text));
      });
      child.once('error', (error) => {
        clearTimeout(timer);
        pipe?.destroy();
        // A machine without a shell (an image of Node and nothing else) has no systemd either.
        resolve(
          options.orphan === true
            ? spawnDaemon(home, { ...options, orphan: false })
            : { error: error.message },
        );
      });
    });
  } finally {
    closeSync(log);
  }
}

function parseReport(text: string): ReadyReport {
  try {
    return JSON.parse(text) as ReadyReport;
  } catch {
    return { error: 'it ended before it was ready', died: true };
  }
}
