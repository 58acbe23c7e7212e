import type { Config } from 'jest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Node ≥ 22.18 loads this file itself, as a module; jest on older ones has ts-node make CommonJS of it. */
const root = typeof __dirname === 'undefined' ? process.cwd() : __dirname;
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

type Project = Exclude<NonNullable<Config['projects']>[number], string>;

/** Tests are type-checked by `npm run types`; here they are only translated, file by file. */
const tsJest = [
  'ts-jest',
  {
    diagnostics: false,
    tsconfig: {
      target: 'es2022',
      module: 'commonjs',
      // ES-only packages (chalk) are .js files and pass through here as well.
      allowJs: true,
      esModuleInterop: true,
      // Makes ts-jest translate each file alone, without a type checker.
      isolatedModules: true,
      ignoreDeprecations: '6.0',
    },
  },
];

/** Packages published as ES modules only: jest runs CommonJS, so they are translated like our own. */
const esOnlyPackages = ['chalk'];

const common: Project = {
  rootDir: root,
  testEnvironment: 'node',
  transform: { '\\.[jt]s$': tsJest as [string, Record<string, unknown>] },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esOnlyPackages.join('|')})/)`],
  // Bundles and fixtures may hold a package.json each; jest would warn about names that occur twice.
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/dist-failpoints', '<rootDir>/test/fixtures/'],
  // What the bundler would have put in.
  globals: { __PM_VERSION__: manifest.version, __FAILPOINTS__: true },
  restoreMocks: true,
};

const project = (name: string, more: Project = {}): Project => ({
  ...common,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...more,
});

/** Real daemons from the built dist. */
const withDist: Project = { globalSetup: '<rootDir>/test/rig/global-setup.ts' };

/** The same, and dist-failpoints: the same programs with failpoints in them. */
const withFailpoints: Project = { globalSetup: '<rootDir>/test/rig/global-setup-crash.ts' };

const config: Config = {
  // With PM_TEST_LONG=1 (`npm run test:long`) `crash` kills a hundred times instead of some times, and so on.
  // `reality` asks PM2 itself, out of npm's registry: a command of its own (`npm run test:reality`).
  projects: [
    project('unit'),
    project('process', withDist),
    project('crash', withFailpoints),
    project('reality', withDist),
  ],
  // A process test waits more than it works: with two at once, two cores are busy 40 % of the time.
  maxWorkers: 3,
  // For process tests, the slow ones: global options are the only place where jest takes this. Unit tests take ms.
  testTimeout: 60_000,
};

export default config;
