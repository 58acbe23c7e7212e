import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { folderWith } from './support';

/*
 * How Node loads a module cannot be tried inside jest, which brings loaders of its own: a child does it, with the
 * room bundled as the commands have it, and prints what came of it.
 */
const root = resolve(__dirname, '../../..');
let bundle: string;

beforeAll(() => {
  // Beside node_modules, where the packages left outside of the bundle are found.
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, 'node_modules/.cache/pm-ecosystem-'));
  bundle = join(folder, 'ecosystem.cjs');
  const entryPoints = [join(root, 'src/ecosystem/index.ts')];
  buildSync({
    entryPoints,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'cjs',
    outfile: bundle,
    logLevel: 'error',
  });
});

afterAll(() => rmSync(join(bundle, '..'), { recursive: true, force: true }));

interface Loaded {
  readonly apps?: readonly unknown[];
  readonly code?: string;
  readonly message?: string;
}

const LOADER = `
const { loadConfigFile } = require(process.argv[1]);
loadConfigFile(process.argv[2], process.cwd()).then(
  ({ apps }) => console.log(JSON.stringify({ apps: apps.map(({ value }) => value) })),
  ({ code, message }) => console.log(JSON.stringify({ code, message })),
);`;

function load(files: Record<string, string>, name: string): Loaded {
  const printed = execFileSync(process.execPath, ['-e', LOADER, bundle, name], {
    cwd: folderWith(files),
    encoding: 'utf8',
  });
  return JSON.parse(printed) as Loaded;
}

const APPS = "{ apps: [{ script: 'a.js' }] }";
const ESM = { 'package.json': '{"type": "module"}' };

test.each([
  ['an object', 'x.config.js', `module.exports = ${APPS}`, {}],
  ['a list', 'x.config.cjs', "module.exports = [{ script: 'a.js' }]", {}],
  ['a function', 'x.config.js', `module.exports = () => (${APPS})`, {}],
  ['an async function', 'x.config.cjs', `module.exports = async () => (${APPS})`, {}],
  ['a default export', 'x.config.mjs', `export default ${APPS}`, {}],
  ['a default export of an async function', 'x.config.mjs', `export default async () => (${APPS})`, {}],
  ['a named export', 'x.config.mjs', "export const apps = [{ script: 'a.js' }]", {}],
  ['top-level await', 'x.config.mjs', `export default await Promise.resolve(${APPS})`, {}],
  ['a default export in a package of modules', 'x.config.js', `export default ${APPS}`, ESM],
  [
    'a default export that a compiler wrapped',
    'x.config.js',
    `exports.__esModule = true; exports.default = ${APPS}`,
    {},
  ],
  ['a variant of the default name', 'ecosystem.prod.js', `module.exports = ${APPS}`, {}],
  [
    'other files',
    'x.config.js',
    "const script = require('./name'); module.exports = { script }",
    { 'name.js': "module.exports = 'a.js'" },
  ],
  [
    'TypeScript',
    'x.config.ts',
    "enum A { js = 'a.js' }\nconst script: string = A.js;\nexport default { script };",
    {},
  ],
  ['a function in TypeScript', 'x.config.mts', `export default async (): Promise<unknown> => (${APPS})`, {}],
  ['TypeScript of CommonJS', 'x.config.cts', `const x: unknown = ${APPS}; module.exports = x;`, {}],
] as const)('%s is read: %s', (_what, name, text, more) => {
  expect(load({ ...more, [name]: text }, name)).toEqual({ apps: [{ script: 'a.js' }] });
});

test.each([
  ['x.config.js', '\n\nmodule.exports = { apps: [ }', ':3', "SyntaxError: Unexpected token '}'"],
  ['x.config.mjs', '\nexport default {\n  apps: [ }', ':3', "SyntaxError: Unexpected token '}'"],
  ['x.config.ts', '\nexport default { apps: [ };', ':2', 'SyntaxError'],
  ['x.config.js', "\nthrow new Error('no database')", ':2:7', 'no database'],
  ['x.config.mjs', "\nthrow new Error('no database')", ':2:7', 'no database'],
  ['x.config.ts', "\nthrow new Error('no database')", ':2', 'no database'],
  ['x.config.js', "module.exports = () => {\n  throw new TypeError('no name') }", ':2:9', 'no name'],
  ['x.config.js', "module.exports = async () => {\n  throw new TypeError('no name') }", ':2:9', 'no name'],
  ['x.config.js', "\n\nrequire('nope')", ':3:1', "Cannot find module 'nope'"],
  ['x.config.js', "throw 'just words'", ' malformated', 'just words'],
])('%s with %j is malformed at %s: %s', (name, text, place, why) => {
  const { code, message = '' } = load({ [name]: text }, name);
  expect(code).toBe('CONFIG_MALFORMED');
  expect(message).toContain(`${name}${place}`);
  expect(message).toContain(why);
  expect(message).not.toMatch(/\n|Require stack| {4}at /);
});

test.each(['module.exports = null', 'module.exports = () => {}', 'module.exports = 7'])(
  '%j is no config',
  (text) => {
    expect(load({ 'x.config.js': text }, 'x.config.js')).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('expected an object with "apps", got ') as string,
    });
  },
);
