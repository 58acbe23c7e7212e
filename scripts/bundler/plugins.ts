import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { OnLoadResult, Plugin } from 'esbuild';

const commandsFolder = join('src', 'cli', 'commands');

/**
 * axon and its dependencies, as a program of today needs them: `new Buffer` prints a deprecation warning outside of
 * node_modules (where a bundle is), `debug` costs 3 ms of start-up for messages nobody asks for, and of axon's nine
 * sockets a process uses one or two.
 */
export const axonRepairs: Plugin = {
  name: 'axon-repairs',
  setup(build) {
    build.onLoad({ filter: /node_modules[\\/]amp(-message)?[\\/].*\.js$/ }, async ({ path }) => ({
      contents: withoutNewBuffer(await readFile(path, 'utf8')),
    }));
    build.onLoad({ filter: /node_modules[\\/]axon[\\/]lib[\\/]index\.js$/ }, (): OnLoadResult => ({
      contents: `module.exports = {${AXON_SOCKETS.map(([name, file]) => ` get ${name}() { return require('./sockets/${file}'); }`).join(',')} };`,
    }));
    build.onResolve({ filter: /^debug$/ }, () => ({ path: 'debug', namespace: 'stub' }));
    build.onLoad({ filter: /^debug$/, namespace: 'stub' }, (): OnLoadResult => ({
      contents: 'module.exports = () => () => {};',
    }));
  },
};

/** Those that wire/ uses (axon.d.ts), each made when it is asked for. */
const AXON_SOCKETS = [
  ['ReqSocket', 'req'],
  ['RepSocket', 'rep'],
  ['PubSocket', 'pub'],
  ['SubSocket', 'sub'],
] as const;

/** Sizes are a literal or `len` in amp; a number that slipped through makes Buffer.from throw at once. */
function withoutNewBuffer(source: string): string {
  return source
    .replace(/new Buffer\((?=\d|len\))/g, 'Buffer.alloc(')
    .replace(/new Buffer\(/g, 'Buffer.from(');
}

/** What `pm list` takes is in main itself: every file of its own costs 0.5 ms to be found and read. */
export const PACKAGES_WITH_MAIN = ['axon', 'amp'];
const FILES_WITH_MAIN = ['src/cli/commands/list.ts', 'src/satan/index.ts'];

/**
 * `import('./commands/start')` stays a call at run time and loads dist/cli/commands/start.js: what `pm list` does not
 * need it does not read. `upToDist` is where dist lies seen from the bundle; the files named are added to `found`.
 */
export function lazyFiles(root: string, upToDist: string, found: Set<string>): Plugin {
  return {
    name: 'lazy-files',
    setup(build) {
      build.onResolve({ filter: /^\./ }, async ({ path, kind, importer, resolveDir }) => {
        if (kind === 'import-statement' && dirname(join(resolveDir, path)).endsWith(commandsFolder)) {
          return { errors: [{ text: `Commands are loaded lazily: use import('${path}')` }] };
        }
        if (kind !== 'dynamic-import') return undefined;
        const { path: file } = await build.resolve(path, { kind: 'require-call', importer, resolveDir });
        if (FILES_WITH_MAIN.includes(relative(root, file))) return undefined;
        found.add(relative(root, file));
        return {
          path: `${upToDist}/${relative(join(root, 'src'), file).replace(/\.ts$/, '.js')}`,
          external: true,
        };
      });
    },
  };
}

/**
 * npm packages stay out of the command bundles and are emitted once, as dist/vendor/<name>.js: thirty commands would
 * otherwise carry thirty copies. `folder` is where vendor lies seen from the bundle; names found are added to `found`.
 */
export function sharedPackages(folder: string, found: Set<string>, inlined: readonly string[] = []): Plugin {
  return {
    name: 'shared-packages',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) => {
        if (kind === 'entry-point' || isBuiltin(path)) return undefined;
        // What an inlined package needs is inlined with it.
        if (inlined.includes(path) || importer.includes('node_modules')) return undefined;
        found.add(path);
        return { path: `${folder}/${vendorName(path)}.js`, external: true };
      });
    },
  };
}

/** `@scope/name/sub` → `scope-name-sub`. */
export function vendorName(specifier: string): string {
  return specifier.replace(/^@/, '').replaceAll('/', '-');
}

/** jiti's 1.5 MB of Babel is only for ecosystem files in TypeScript: a file of its own, read when needed. */
export const lazyBabel: Plugin = {
  name: 'lazy-babel',
  setup(build) {
    build.onResolve({ filter: /dist\/babel\.cjs$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './jiti-babel.js', external: true },
    );
  },
};

/**
 * An entry point is resolved as an import, but dist/vendor is require()d: jiti's file for import needs
 * `import.meta.url`. jsonc-parser is the exception: what it gives to require() is UMD, which cannot be bundled.
 */
export const requiredEntries: Plugin = {
  name: 'required-entries',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind, resolveDir }) => {
      if (kind !== 'entry-point') return undefined;
      const specifier = path === 'jsonc-parser' ? 'jsonc-parser/lib/esm/main.js' : path;
      return build.resolve(specifier, { kind: 'require-call', resolveDir });
    });
  },
};
