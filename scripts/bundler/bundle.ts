import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { build, type BuildOptions, type BuildResult, type Plugin } from 'esbuild';
import { configSchema } from '../../src/ecosystem/attributes/schema';
import { compileMain } from './compile-main';
import { declarationsOf } from './declarations';
import {
  PACKAGES_WITH_MAIN,
  axonRepairs,
  lazyBabel,
  lazyFiles,
  requiredEntries,
  sharedPackages,
  vendorName,
} from './plugins';
import { thirdPartyNotices } from './third-party';
import { removeOthers, writeAtomically } from './write-atomically';

const inMemory = { write: false, metafile: true } as const;
type Bundles = BuildResult<typeof inMemory>;

/** Processes that outlive an upgrade of the files below them: one file each, everything inside. */
const daemons = ['src/god/main.ts', 'src/shim/main.ts', 'src/worker/main.ts', 'src/static-server/main.ts'];
const cliBoot = 'src/cli/boot.ts';
const cliMain = 'src/cli/main.ts';
const commandsFolder = 'src/cli/commands';
const nodeApi = 'src/index.ts';

export interface BundleOptions {
  /** The repository. */
  readonly root: string;
  /** Compiles the failpoints in and writes to dist-failpoints instead of dist. */
  readonly failpoints: boolean;
}

export interface BundleReport {
  readonly outDir: string;
  readonly bytes: number;
  /** Entry files that do not exist (yet). */
  readonly missing: readonly string[];
}

/** Bundles every process into `dist`, see docs/adr/0001-bundled-dependencies.md. Two may run at the same time. */
export async function bundle({ root, failpoints }: BundleOptions): Promise<BundleReport> {
  const outDir = join(root, failpoints ? 'dist-failpoints' : 'dist');
  const common = await commonOptions(root, outDir, failpoints);
  const there = (entry: string): boolean => existsSync(join(root, entry));

  const packages = new Set<string>();
  const bundleAll = (entries: readonly string[], plugins: Plugin[]): Promise<Bundles> =>
    build({ ...common, ...inMemory, entryPoints: entries.filter(there), plugins });

  const bundles = await Promise.all([
    bundleAll(daemons, [axonRepairs]),
    bundleAll([nodeApi], [sharedPackages('./vendor', packages)]),
  ]);
  bundles.push(...(await bundleCli(common, root, packages)));
  bundles.push(await bundleVendor(common, root, packages));
  for (const result of bundles) assertSelfContained(result);

  const files = new Map(
    bundles.flatMap(({ outputFiles }) => outputFiles.map((file) => [file.path, file.contents])),
  );
  const notices = await thirdPartyNotices(
    root,
    bundles.map(({ metafile }) => metafile),
  );
  files.set(join(outDir, 'THIRD-PARTY-LICENCES.txt'), Buffer.from(notices));
  // For editors: `"$schema": "./node_modules/pm-god/dist/schema.json"` in an ecosystem file.
  files.set(join(outDir, 'schema.json'), Buffer.from(`${JSON.stringify(configSchema(), null, 2)}\n`));
  if (there(nodeApi)) {
    for (const [path, text] of declarationsOf(root, join(root, nodeApi), join(outDir, 'types'))) {
      files.set(path, Buffer.from(text));
    }
  }
  await Promise.all([...files].map(([path, content]) => writeAtomically(path, content)));
  if (!failpoints) {
    const [path, content] = await compileMain(root, outDir);
    await writeAtomically(path, content);
    files.set(path, content);
  }
  await removeOthers(outDir, new Set(files.keys()));

  const bytes = [...files.values()].reduce((sum, content) => sum + content.byteLength, 0);
  return { outDir, bytes, missing: [...daemons, cliMain, nodeApi].filter((entry) => !there(entry)) };
}

async function commonOptions(root: string, outDir: string, failpoints: boolean) {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    absWorkingDir: root,
    bundle: true,
    outbase: 'src',
    outdir: outDir,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    define: { __PM_VERSION__: JSON.stringify(manifest.version), __FAILPOINTS__: String(failpoints) },
    // Dead failpoints go; names and lines stay, so that a stack trace can be read.
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
  } satisfies BuildOptions;
}

/** boot and main, and what main loads lazily, and what that loads lazily: each a file at its place in dist. */
async function bundleCli(common: BuildOptions, root: string, packages: Set<string>): Promise<Bundles[]> {
  const bundles: Bundles[] = [];
  const entries = new Set([cliBoot, cliMain]);
  // An entry that is found meanwhile is visited too: a Set is iterated in the order of insertion.
  for (const entry of entries) {
    const upToDist = relative(dirname(entry), 'src');
    const options = { ...common, ...inMemory, entryPoints: [entry] };
    const inlined = entry === cliMain ? PACKAGES_WITH_MAIN : [];
    const shared = sharedPackages(`${upToDist}/vendor`, packages, inlined);
    bundles.push(
      await (dirname(entry) === commandsFolder
        ? // Whole, and with import() for users' files, which only Node's ESM loader can read.
          build({ ...options, plugins: [shared] })
        : // Here import() becomes require(): it would start the ESM loader for files of our own, some 4 ms.
          build({
            ...options,
            plugins: [lazyFiles(root, upToDist, entries), shared, axonRepairs],
            supported: { 'dynamic-import': false },
          })),
    );
  }
  return bundles;
}

/** dist/vendor: each npm package that a command or the Node API imports, once. */
function bundleVendor(common: BuildOptions, root: string, packages: ReadonlySet<string>): Promise<Bundles> {
  const entryPoints = [...packages].map((specifier) => ({ in: specifier, out: vendorName(specifier) }));
  if (packages.has('jiti')) {
    const jiti = dirname(createRequire(join(root, 'package.json')).resolve('jiti/package.json'));
    entryPoints.push({ in: join(jiti, 'dist/babel.cjs'), out: 'jiti-babel' });
  }
  const outdir = join(common.outdir ?? '', 'vendor');
  const plugins = [axonRepairs, lazyBabel, requiredEntries];
  // Nobody debugs these by line number: without white space they are a fifth smaller.
  return build({ ...common, ...inMemory, minifyWhitespace: true, outdir, outbase: '', entryPoints, plugins });
}

/** A bundle may require Node's own modules and files beside it in dist. For the preload that is a promise to users. */
function assertSelfContained({ metafile }: Bundles): void {
  for (const [output, { imports }] of Object.entries(metafile.outputs)) {
    const foreign = imports.find(({ path }) => !isBuiltin(path) && !path.startsWith('.'));
    if (foreign) throw new Error(`${output} would require '${foreign.path}' at run time`);
    const local = imports.find(({ path }) => path.startsWith('.'));
    if (local && /\b(?:god|shim|worker|static-server)\/main\.js$/.test(output)) {
      throw new Error(`${output} must be one file, but requires '${local.path}'`);
    }
  }
}
