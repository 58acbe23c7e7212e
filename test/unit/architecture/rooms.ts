/** STYLE §1 as data: the rooms of src/, and who may enter which. */

/**
 * Who may import what. `types:x` allows `import type` only. A room may always import itself.
 *
 * Libraries have no main.ts and exist because several processes need them; processes are named for who they are.
 */
export const libraries: Record<string, readonly string[]> = {
  // Gone from what is shipped, so that even the preload may have them.
  failpoints: [],
  model: [],
  errors: ['model'],
  protocol: ['model', 'errors'],
  wire: ['protocol', 'errors'],
  platform: ['failpoints', 'model', 'errors'],
  home: ['platform', 'errors', 'types:model'],
  launch: ['home', 'platform', 'protocol', 'wire', 'errors'],
  logs: ['model', 'home', 'platform'],
  ecosystem: ['model', 'errors', 'platform'],
  satan: ['launch', 'wire', 'protocol', 'home', 'errors'],
};

export const processes: Record<string, readonly string[]> = {
  cli: [
    'satan',
    'ecosystem',
    'logs',
    'platform',
    'home',
    'errors',
    'model',
    'types:protocol',
    // Its version and paths; God is started by satan.
    'launch',
  ],
  // Never ecosystem: user code is loaded in the CLI. Never satan: God is who satan talks to.
  god: ['model', 'errors', 'protocol', 'wire', 'platform', 'home', 'launch', 'logs'],
  shim: ['model', 'protocol', 'wire', 'platform', 'home', 'launch', 'logs', 'errors'],
  // An app like any other, which pm brings along.
  'static-server': ['model'],
  // A guest in the user's process: nothing of ours but the shape of its messages.
  worker: ['failpoints', 'types:protocol'],
};

/** Folders inside a room that import only what stands before them. */
export const layers: Record<string, readonly string[]> = {
  ecosystem: ['attributes', 'read', 'resolve'],
};

/** Files directly in src/. */
export const topLevel: Record<string, readonly string[]> = {
  'index.ts': ['satan', 'ecosystem'],
  'globals.d.ts': [],
};

/** Pure rooms inside God: no Node, no package, and from God only what stands here. */
export const pure: Record<string, readonly string[]> = {
  'god/core/lifecycle.ts': [],
  'god/policy': ['god/core/lifecycle.ts', 'god/policy'],
};
export const pureMayImport: readonly string[] = ['model'];

/** npm packages and the only rooms that may load them. A package that is not here needs an ADR first. */
export const packages: Record<string, readonly string[]> = {
  axon: ['wire'],
  // axon's framing, subclassed to bound it.
  amp: ['wire'],
  commander: ['cli'],
  chalk: ['cli/render'],
  'cli-table3': ['cli/render'],
  pidusage: ['god/metrics'],
  croner: ['god/triggers'],
  chokidar: ['god/triggers'],
  // PM2's users write globs in ignore_watch, which chokidar 4 does not read any more.
  picomatch: ['god/triggers'],
  send: ['static-server'],
  // env_file
  dotenv: ['ecosystem'],
  ajv: ['ecosystem', 'god/handlers'],
  jiti: ['ecosystem'],
  'js-yaml': ['ecosystem'],
  json5: ['ecosystem'],
  'jsonc-parser': ['ecosystem'],
  // 'did you mean'
  'fastest-levenshtein': ['errors', 'ecosystem', 'cli', 'god/handlers'],
};
