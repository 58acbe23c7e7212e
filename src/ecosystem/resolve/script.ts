import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, extname, join, relative, resolve } from 'node:path';
import { pmError } from '../../errors';
import type { NormaliseContext } from './context';
import { expandHome, isFile, isFolder } from './files';
import { STATIC_SCRIPT } from '../read/static-sites';

/** What `script` turned out to be. */
export type ResolvedScript =
  /** A file, by path or found in PATH. Absolute. */
  | { readonly kind: 'file'; readonly path: string }
  /** A whole command line, for a shell to run. */
  | { readonly kind: 'line'; readonly line: string; readonly shell: string };

/**
 * Finds what an app runs: a file (or a folder that Node can resolve) relative to the app's cwd, a command in PATH,
 * or, when it has a blank, a command line. A file of the name always wins.
 * @throws PmError SCRIPT_NOT_FOUND
 */
export function resolveScript(script: string, cwd: string, context: NormaliseContext): ResolvedScript {
  const path = resolve(cwd, expandHome(script, context.env['HOME']));
  if (isFile(path)) return { kind: 'file', path };
  if (script === STATIC_SCRIPT) return { kind: 'file', path: context.staticServer };
  const main = isFolder(path) ? mainOf(path) : null;
  if (main !== null) return { kind: 'file', path: main };
  if (/\s/.test(script.trim())) {
    const shell = context.findInPath('bash') ?? context.findInPath('sh') ?? '/bin/sh';
    return { kind: 'line', line: script.trim(), shell };
  }
  const command = script.includes('/') ? null : context.findInPath(script);
  if (command !== null) return { kind: 'file', path: command };
  throw pmError('SCRIPT_NOT_FOUND', { path, isFolder: isFolder(path) });
}

/** What `require('<folder>')` would load: `main` of its package.json, or index.js. */
function mainOf(folder: string): string | null {
  try {
    const found = createRequire(join(folder, 'index.js')).resolve(folder);
    // Node resolves links; the app is to be found by the path that the user gave.
    const inside = relative(realpathSync(folder), found);
    return inside.startsWith('..') ? found : join(folder, inside);
  } catch {
    return null;
  }
}

/**
 * The name of an app that has none: the script's file name without extension. Of a command line, what follows its last
 * `/` up to its last dot: `node a.js --x 1` → `node a` (PM2's rule; process lists depend on it).
 */
export function defaultName(script: string, cwd: string): string {
  if (/\s/.test(script.trim()) && !isFile(resolve(cwd, script))) {
    const tail = script.trim().split('/').at(-1) ?? '';
    const dot = tail.lastIndexOf('.');
    return dot > 0 ? tail.slice(0, dot) : tail || script.trim();
  }
  const file = basename(resolve(cwd, script));
  return basename(file, extname(file));
}
