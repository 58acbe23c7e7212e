import { chmodSync, lstatSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { PmError, pmError, reasonOf, systemCodeOf } from '../errors';
import { makeFolder } from './folders';
import { homeAt, shimPathsAt, type Home, type HomeOverrides } from './paths';

/** sun_path holds 108 bytes on Linux, 104 on the BSDs, one of them the end mark. */
const SOCKET_PATH_LIMIT = process.platform === 'linux' ? 107 : 103;

/** The longest shim id that placement gives: a cluster app's, `c-` and its number. */
const LONGEST_SHIM_ID = 'c-99999';

/**
 * PM2's variables for single paths (PM2-FACTS §3.2), under our name only: a socket, pid file or log that PM2 was told to
 * use is PM2's.
 */
const PATH_VARIABLES: Readonly<Record<string, keyof HomeOverrides>> = {
  PM_PID_FILE_PATH: 'pidFile',
  PM_LOG_FILE_PATH: 'logFile',
  PM_DEFAULT_PID_PATH: 'pidsDir',
  PM_DEFAULT_LOG_PATH: 'logsDir',
  PM_DUMP_FILE_PATH: 'dumpFile',
  PM_DAEMON_RPC_PORT: 'rpcSocket',
  PM_DAEMON_PUB_PORT: 'pubSocket',
};

/** `PM_HOME`, else `~/.pm`. `PM2_HOME` is not read: two managers must never share a home. */
export function resolveHome(env: NodeJS.ProcessEnv): Home {
  const given = env['PM_HOME'];
  const path = given === undefined || given === '' ? join(userHome(env), '.pm') : resolve(given);
  const set = Object.entries(PATH_VARIABLES).flatMap(([name, key]) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [[key, resolve(value)]];
  });
  return homeAt(path, Object.fromEntries(set) as HomeOverrides);
}

/**
 * HOME where it is a folder by its full path, else what the system knows of the user: cron and `env -i` leave none, or an empty
 * one. Both would mean the folder that one happens to be in, or the root.
 *
 * @throws PmError HOME_UNUSABLE
 */
export function userHome(env: Readonly<Record<string, string | undefined>>): string {
  const given = env['HOME'];
  if (given !== undefined && isAbsolute(given)) return given;
  try {
    return userInfo().homedir;
  } catch (error) {
    const why = `HOME is not set, and the system does not know user ${String(process.getuid?.())} (${reasonOf(error)}); set HOME or PM_HOME`;
    throw pmError('HOME_UNUSABLE', { path: '~/.pm', why }, { cause: error });
  }
}

/**
 * Finds the home, makes what is missing (0700) and checks that it is safe to use: a directory, ours, closed to
 * others, with paths short enough for sockets.
 *
 * @throws PmError HOME_UNUSABLE, SOCKET_PATH_TOO_LONG, PERMISSION
 */
export function openHome(env: NodeJS.ProcessEnv): Home {
  const home = resolveHome(env);
  const socket = shimPathsAt(home, LONGEST_SHIM_ID).socket;
  const bytes = Buffer.byteLength(socket);
  if (bytes > SOCKET_PATH_LIMIT)
    throw pmError('SOCKET_PATH_TOO_LONG', { path: socket, bytes, limit: SOCKET_PATH_LIMIT });
  makePrivate(home.path);
  for (const dir of [home.shimsDir, home.logsDir, home.pidsDir]) {
    // A folder outside of the home (/var/log/…) keeps the owner and mode that somebody gave it.
    if (dir.startsWith(`${home.path}/`)) makePrivate(dir);
    else makeFolder(dir);
  }
  return home;
}

function makePrivate(path: string): void {
  try {
    // Looked at first: mkdir would throw for each of four folders that are there, at every start of pm (0.5 ms).
    const stat = lstatSync(path, { throwIfNoEntry: false }) ?? (makeFolder(path), lstatSync(path));
    if (!stat.isDirectory()) throw pmError('HOME_UNUSABLE', { path, why: 'it is not a directory' });
    const uid = process.getuid?.();
    if (uid !== undefined && stat.uid !== uid) {
      throw pmError('HOME_UNUSABLE', {
        path,
        why: `it belongs to user ${String(stat.uid)}, you are ${String(uid)}`,
      });
    }
    // A home made by hand or by an older umask: close it rather than complain; it is ours.
    if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'EACCES' || code === 'EPERM') throw pmError('PERMISSION', { path, why: reasonOf(error) });
    if (error instanceof PmError) throw error;
    throw pmError('HOME_UNUSABLE', { path, why: reasonOf(error) });
  }
}
