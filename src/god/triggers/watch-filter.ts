import { basename, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import type { AppSpec } from '../../model/app-spec';

export type WatchSpec = Pick<AppSpec, 'cwd' | 'watch' | 'ignoreWatch' | 'ext'>;

/** What is watched, and what of it does not count. */
export interface WatchPlan {
  /** Absolute files and folders. */
  readonly roots: readonly string[];
  /** True: changes of this path do not matter. Folders are asked too, and not entered then. */
  readonly isIgnored: (path: string, isFile: boolean) => boolean;
}

/** Says whether an absolute path matches; `below` is the same path from the app's folder, with a leading slash. */
type Rule = (path: string, below: string) => boolean;

/** What no app wants to be restarted for: dependencies, and `.git` and its like. */
const USUALLY_IGNORED = /^(\..+|node_modules)$/;

/**
 * Reads `watch`, `ignore_watch` and `ext` as PM2's users write them. `ignore_watch` adds to dot files and node_modules
 * (PM2 replaces them by it, and restarts for every `npm install` then).
 *
 * @param ownFiles logs and pid files: an app that logs into a watched folder must not be restarted for each line
 */
export function planWatch(
  { cwd, watch, ignoreWatch = [], ext = [] }: WatchSpec,
  ownFiles: readonly string[],
): WatchPlan {
  const given = Array.isArray(watch) ? (watch as readonly string[]) : ['.'];
  const globs = given.filter(isGlob).map((pattern) => resolve(cwd, pattern));
  const plain = given.filter((path) => !isGlob(path)).map((path) => resolve(cwd, path));
  const roots = [...new Set([...plain, ...globs.map((glob) => resolve('/', picomatch.scan(glob).base))])];
  const matchesGlob = globs.map((glob) => picomatch(glob, { dot: true }));
  const own = new Set(ownFiles);
  const extensions = new Set(
    ext.flatMap((words) => words.split(',')).map((word) => `.${word.replace(/^\./, '')}`),
  );
  const rules = ignoreWatch.map((pattern) => ruleOf(pattern, cwd));

  const isWanted = (path: string): boolean =>
    plain.some((root) => isBelow(root, path)) || matchesGlob.some((matches) => matches(path));
  return {
    roots,
    isIgnored: (path, isFile) => {
      if (roots.includes(path)) return false;
      if (own.has(path)) return true;
      const root = roots.filter((one) => isBelow(one, path)).sort((a, b) => b.length - a.length)[0];
      if (
        root !== undefined &&
        relative(root, path)
          .split(sep)
          .some((part) => USUALLY_IGNORED.test(part))
      )
        return true;
      const below = `/${relative(cwd, path)}`;
      if (rules.some((matches) => matches(path, below))) return true;
      return isFile && ((extensions.size > 0 && !extensions.has(extname(path))) || !isWanted(path));
    },
  };
}

const isGlob = (path: string): boolean => /[*?{}[\]!]/.test(path);

const isBelow = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(`${folder}${sep}`);

/** A name (anywhere), a path, a glob, or a regular expression: what has a backslash, or stands between slashes. */
function ruleOf(pattern: string, cwd: string): Rule {
  const regex = regexOf(pattern);
  if (regex !== null) return (_path, below) => regex.test(below);
  const text = pattern.replace(/\/+$/, '');
  if (!text.includes('/')) {
    const matches = isGlob(text) ? picomatch(text, { dot: true }) : (name: string) => name === text;
    return (path, below) => matches(basename(path)) || below.split('/').some((part) => matches(part));
  }
  const absolute = isAbsolute(text) ? text : resolve(cwd, text);
  const matches = isGlob(text) ? picomatch(absolute, { dot: true }) : () => false;
  return (path) => matches(path) || isBelow(absolute, path);
}

function regexOf(pattern: string): RegExp | null {
  const source = /^\/(.+)\/$/.exec(pattern)?.[1] ?? (pattern.includes('\\') ? pattern : undefined);
  if (source === undefined) return null;
  try {
    return new RegExp(source);
  } catch {
    return null;
  }
}
