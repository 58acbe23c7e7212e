import { WORKER_MARK } from '../protocol/shim';

/**
 * What God and shims inherit. Nothing of the caller's own: a daemon that carries the environment of whoever
 * happened to start it hands that on to apps (PM2-FACTS §9.20), and holds its secrets in memory.
 */
const KEPT = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'XDG_RUNTIME_DIR',
  'NOTIFY_SOCKET',
  'EXP_BACKOFF_RESET_TIMER',
]);

/** What an app of ours was given to tell it by; a daemon that an app starts is none of the app's. */
const NOT_KEPT = new Set(['PM2_HOME', WORKER_MARK]);

/** The caller's environment, cut down to {@link KEPT} and our own settings (`PM_…`, and `PM2_…` but PM2_HOME). */
export function daemonEnvironment(homePath: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !NOT_KEPT.has(name) && (KEPT.has(name) || /^PM2?_/.test(name)),
  );
  return { ...Object.fromEntries(kept), PM_HOME: homePath };
}
