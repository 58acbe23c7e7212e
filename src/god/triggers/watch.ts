import { relative } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { reasonOf, systemCodeOf } from '../../errors';
import { logPathsOf, pidPathOf } from '../../logs/names';
import type { God } from '../core/god';
import type { App } from '../core/world';
import { renewInstances, startableInstances } from './renew';
import type { OpenTrigger, TriggerKind } from './trigger';
import { planWatch } from './watch-filter';

/** Editors and compilers write a file in several steps; this long after the last one it is whole. */
const QUIET_MS = 100;
/** Files that never come to rest (a log, a build in a loop) must not put the restart off for ever. */
const LONGEST_BURST_MS = 5000;
/** A command is at work on the app: looked again this often. */
const BUSY_MS = 100;

/** `watch`: restarts once per burst of changes. Nothing is watched while the app is stopped. */
export const watchTrigger: TriggerKind = {
  wanted: (god, app) => {
    const { spec } = app.record;
    if (spec.watch === false || watchable(god, app).length === 0) return null;
    const { cwd, watch, ignoreWatch, ext, watchDelayMs, watchOptions } = spec;
    return JSON.stringify([cwd, watch, ignoreWatch, ext, watchDelayMs, watchOptions]);
  },
  open: (god, app) => {
    const burst = makeBurst(app.record.spec.watchDelayMs, (path) => onBurst(god, app, path));
    let watcher: FSWatcher | undefined;
    let isClosed = false;
    const close = (): void => {
      isClosed = true;
      burst.close();
      void watcher?.close().catch(() => undefined);
    };
    const fail = (error: unknown): void => {
      if (isClosed) return;
      app.watchProblem = inotifyWords(error);
      god.log(`${app.record.spec.name}: ${app.watchProblem}`);
      close();
    };
    app.watchProblem = null;
    watchFiles(god, app, () => isClosed, burst.onChange, fail)
      .then((opened) => {
        watcher = opened;
        if (isClosed) close();
      })
      .catch(fail);
    return { close } satisfies OpenTrigger;
  },
};

/** One that never ran waits for its first start, not for a change. */
const watchable = (god: God, app: App) =>
  startableInstances(god, app).filter(({ record }) => record.incarnation > 0);

async function watchFiles(
  god: God,
  { record }: App,
  isClosed: () => boolean,
  onChange: (path: string) => void,
  onError: (error: unknown) => void,
): Promise<FSWatcher | undefined> {
  // Loaded for the first app that is watched: a God without one does not carry it.
  const { watch } = await import('chokidar');
  if (isClosed()) return undefined;
  const { spec } = record;
  const ownFiles = record.instances.flatMap(({ id }) => {
    const { out, error } = logPathsOf(spec, id, god.home);
    return [out, error, pidPathOf(spec, id, god.home)].filter((path) => path !== null);
  });
  const { roots, isIgnored } = planWatch(spec, ownFiles);
  const watcher = watch([...roots], {
    ignorePermissionErrors: true,
    ...spec.watchOptions,
    ignoreInitial: true,
    ignored: (path, stats) => isIgnored(path, stats?.isFile() ?? false),
  });
  watcher.on('all', (_event, path) => onChange(path));
  watcher.on('error', onError);
  return watcher;
}

function onBurst(god: God, app: App, path: string): void {
  if (!god.world.apps.has(app.record.id) || god.ending) return;
  const reason = `file changed: ${relative(app.record.spec.cwd, path) || path}`;
  const isBegun = renewInstances(god, app, watchable(god, app), 'restart', { cause: 'watch', reason });
  if (!isBegun) god.timers.set(`watch:${app.record.id}`, BUSY_MS, () => onBurst(god, app, path));
}

interface Burst extends OpenTrigger {
  readonly onChange: (path: string) => void;
}

/** Waits until nothing has changed for the delay, then says so once, with the first path. */
function makeBurst(delayMs: number, onEnd: (path: string) => void): Burst {
  const quietMs = Math.max(QUIET_MS, delayMs);
  let timer: NodeJS.Timeout | undefined;
  let first: { readonly path: string; readonly atTick: number } | null = null;
  return {
    onChange: (path) => {
      first ??= { path, atTick: performance.now() };
      const { path: firstPath, atTick } = first;
      clearTimeout(timer);
      const leftMs = atTick + Math.max(LONGEST_BURST_MS, quietMs) - performance.now();
      timer = setTimeout(
        () => {
          first = null;
          onEnd(firstPath);
        },
        Math.max(0, Math.min(quietMs, leftMs)),
      );
    },
    close: () => clearTimeout(timer),
  };
}

/** What the two limits of inotify look like, and what to do about them. */
export function inotifyWords(error: unknown): string {
  const code = systemCodeOf(error);
  if (code === 'ENOSPC')
    return 'files are not watched: the limit of watches is reached. Raise it (`sysctl fs.inotify.max_user_watches=524288`), watch less (`watch: ["src"]`, `ignore_watch`), or poll (`watch_options: { usePolling: true }`)';
  if (code === 'EMFILE')
    return 'files are not watched: the limit of watchers or open files is reached. Raise it (`sysctl fs.inotify.max_user_instances=1024`, `ulimit -n`), or poll (`watch_options: { usePolling: true }`)';
  return `files are not watched: ${reasonOf(error)}`;
}
