import { builtinModules } from 'node:module';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/*
 * The rules of docs/CONTRIBUTING.md that a machine can check; which folder may import which is
 * test/unit/architecture/layers.test.ts. ESLint replaces the options of a rule that is set twice, so the restrictions
 * are kept as lists here and every block below says its whole list.
 */

const noProcessExit = {
  object: 'process',
  property: 'exit',
  message: 'Only a main.ts ends its process: return or throw instead.',
};
const noProcessEnv = {
  object: 'process',
  property: 'env',
  message: 'Only main.ts and src/home read the environment: take the value as an argument.',
};
const noRandom = {
  object: 'Math',
  property: 'random',
  message: 'Policy is pure: `random` is a fact handed in.',
};
/** The rules above name the global `process`. */
const noProcessImport = { name: 'node:process', message: 'Use the global `process`.' };

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: the name then is the same everywhere.',
};
const noSupervisorClass = {
  selector: 'ClassBody[body.length>12]',
  message: 'A class owns one resource and has at most 12 members; the rest are functions.',
};
const noFocusedTest = {
  selector: 'MemberExpression[object.name=/^(describe|it|test)$/][property.name="only"]',
  message: 'A focused test hides all others.',
};

/** Globals through which the world would leak into a pure function. */
const impureGlobals = [
  'Date',
  'performance',
  'process',
  'crypto',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
].map((name) => ({ name, message: 'Policy is pure: facts in (time and random too), actions out.' }));

const unsafeRules = Object.fromEntries(
  ['argument', 'assignment', 'call', 'member-access', 'return'].map((name) => [
    `@typescript-eslint/no-unsafe-${name}`,
    'off',
  ]),
);

export default defineConfig(
  // Fixtures are users' programs: any style, some broken on purpose.
  globalIgnores(['dist/', 'dist-failpoints/', 'coverage/', 'test/fixtures/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers print as what they are; objects and undefined do not, and stay forbidden.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => socket.end()` is how a callback is written.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Interfaces of promises are implemented by functions that happen not to wait.
      '@typescript-eslint/require-await': 'off',
      // `Record<never, never>`: the parameters of a method that has none.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      // A deliberately unused argument is called `_name`; `const { secret: _, ...rest }` is how a key is left out.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // `while (true)` is a loop on purpose.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-restricted-imports': ['error', { paths: [noProcessImport] }],
      'no-restricted-properties': ['error', noProcessExit, noProcessEnv],
      'no-restricted-syntax': ['error', noDefaultExport, noSupervisorClass],
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-depth': ['error', 3],
      'max-nested-callbacks': ['error', 3],
    },
  },
  {
    // Who looks at the environment besides main.ts: where PM_HOME is, what the preload was told, and what of our
    // environment a process of ours inherits.
    files: ['src/home/**', 'src/worker/**', 'src/launch/**'],
    rules: { 'no-restricted-properties': ['error', noProcessExit] },
  },
  {
    // Where a process begins and ends. After the block above, which names whole rooms.
    files: ['src/*/main.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['src/cli/render/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['src/god/policy/**', 'src/god/core/lifecycle.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-imports': [
        'error',
        {
          // Anchored: a file of ours may be called events or path.
          patterns: [
            {
              regex: `^(node:|(${builtinModules.join('|')})(/|$))`,
              message: 'Policy is pure: no module of Node.',
            },
          ],
        },
      ],
      'no-restricted-properties': ['error', noRandom],
    },
  },
  {
    files: ['scripts/**', 'test/**', '*.config.ts'],
    rules: {
      'no-console': 'off',
      'no-restricted-properties': 'off',
    },
  },
  {
    files: ['test/**'],
    rules: {
      ...unsafeRules,
      // A test states facts the compiler cannot know (`rows[0]!`), nests describe > test > callback, and lists cases.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      // A test may hold a method of a library's object in a variable.
      '@typescript-eslint/unbound-method': 'off',
      'max-nested-callbacks': ['error', 5],
      'no-restricted-syntax': ['error', noDefaultExport, noFocusedTest],
    },
  },
  {
    // jest asks for default exports here.
    files: ['jest.config.ts', 'test/rig/global-*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
