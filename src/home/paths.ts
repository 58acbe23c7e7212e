import { join } from 'node:path';

/** Every path below PM_HOME, in one place. */
export interface Home {
  readonly path: string;
  readonly rpcSocket: string;
  readonly pubSocket: string;
  readonly pidFile: string;
  readonly logFile: string;
  readonly lockFile: string;
  /** Desired state, written by God on every change. */
  readonly stateFile: string;
  /** `pm save`. */
  readonly dumpFile: string;
  /** Present after `pm kill`: no shim revives God. Removed by the next God that a user starts. */
  readonly killedMarker: string;
  /** Which Node and which files the last God ran on: what a shim revives is no older than it. */
  readonly programFile: string;
  /** A shell script that starts pm, wherever Node and pm are now; what boot scripts call. */
  readonly launcher: string;
  readonly shimsDir: string;
  readonly logsDir: string;
  readonly pidsDir: string;
}

/** Paths that the user has set one by one, instead of those below the home. */
export type HomeOverrides = Partial<Omit<Home, 'path'>>;

export function homeAt(path: string, overrides: HomeOverrides = {}): Home {
  const at = (name: string): string => join(path, name);
  return {
    path,
    rpcSocket: at('rpc.sock'),
    pubSocket: at('pub.sock'),
    pidFile: at('pm.pid'),
    logFile: at('pm.log'),
    lockFile: at('god.lock'),
    stateFile: at('state.json'),
    dumpFile: at('dump.json'),
    killedMarker: at('killed'),
    programFile: at('god.json'),
    launcher: at('launcher'),
    shimsDir: at('shims'),
    logsDir: at('logs'),
    pidsDir: at('pids'),
    ...overrides,
  };
}

export interface ShimPaths {
  readonly dir: string;
  /** Held by the shim from its first step to its end: there is never a second one of that id. */
  readonly lock: string;
  readonly socket: string;
  readonly record: string;
}

export function shimPathsAt(home: Home, shimId: string): ShimPaths {
  const dir = join(home.shimsDir, shimId);
  return { dir, lock: join(dir, 'lock'), socket: join(dir, 'sock'), record: join(dir, 'json') };
}
