import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

/** How a config file is read. `package`: a package.json, of which one section is ours. */
export type ConfigKind = 'json' | 'yaml' | 'script' | 'typescript' | 'package';

const KIND_BY_SUFFIX: readonly (readonly [RegExp, ConfigKind])[] = [
  [/^package\.json$/, 'package'],
  [/\.json5?$/, 'json'],
  [/\.ya?ml$/, 'yaml'],
  [/\.config\.[cm]?js$/, 'script'],
  [/\.config\.[cm]?ts$/, 'typescript'],
  // `ecosystem.example.js`, `ecosystem.prod.ts`: variants of the one default name. `ecosystem.js` alone may be an app.
  [/^ecosystem\.[^/]+\.[cm]?js$/, 'script'],
  [/^ecosystem\.[^/]+\.[cm]?ts$/, 'typescript'],
];

/**
 * What kind of config file this is, by the end of its name; null: it is none.
 * PM2 looks for `.json` and friends anywhere in the path, so `my.json.js` and a folder `x.json/` mislead it.
 */
export const configKindOf = (path: string): ConfigKind | null =>
  KIND_BY_SUFFIX.find(([pattern]) => pattern.test(basename(path)))?.[1] ?? null;

/** True when `pm start <path>` means "the apps of this file" and not "run this file". */
export const isConfigFile = (path: string): boolean => configKindOf(path) !== null;

/** Looked for, in this order, when no file is named. The first is PM2's only one. */
export const DEFAULT_CONFIG_NAMES: readonly string[] = [
  'ecosystem.config.js',
  'ecosystem.config.cjs',
  'ecosystem.config.mjs',
  'ecosystem.config.ts',
  'ecosystem.config.mts',
  'ecosystem.config.cts',
  'ecosystem.config.json',
  'ecosystem.config.json5',
  'ecosystem.config.yml',
  'ecosystem.config.yaml',
  'ecosystem.json',
  'ecosystem.json5',
  'ecosystem.yml',
  'ecosystem.yaml',
];

/** The default config file of a folder, absolute; null when there is none. */
export function findConfigFile(folder: string): string | null {
  return DEFAULT_CONFIG_NAMES.map((name) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}
