import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { normaliseApps, pathLookup } from '../../../src/ecosystem';
import type { NormaliseContext } from '../../../src/ecosystem';
import { contextIn, documentOf, failureOf, folderWith, NODE } from './support';

/** A machine whose PATH has only `bin/` of the folder. */
function run(
  files: Record<string, string>,
  app: Record<string, unknown>,
  more: Partial<NormaliseContext> = {},
) {
  const folder = folderWith(files);
  const context = contextIn(folder, {
    findInPath: pathLookup({ PATH: join(folder, 'bin') }, folder),
    ...more,
  });
  const normalise = () => normaliseApps(documentOf(app), context).apps[0]!;
  return { folder, normalise };
}

const PROGRAM = '#!/bin/sh\n';
const BINS = Object.fromEntries(
  ['bash', 'node', 'python', 'ruby', 'perl', 'php', 'tool'].map((name) => [`bin/${name}`, PROGRAM]),
);

test.each([
  ['a.js', '', { interpreter: 'node', interpreterPath: NODE }],
  ['a.mjs', '', { interpreter: 'node', interpreterPath: NODE }],
  ['a.cjs', '#!/usr/bin/env bash\n', { interpreter: 'node', interpreterPath: NODE }],
  ['a.unknown', '', { interpreter: 'node', interpreterPath: NODE }],
  ['a.sh', '', { interpreter: 'bash', interpreterPath: '<bin>/bash' }],
  ['a.py', '', { interpreter: 'python', interpreterPath: '<bin>/python', env: { PYTHONUNBUFFERED: '1' } }],
  ['a.rb', '', { interpreter: 'ruby', interpreterPath: '<bin>/ruby' }],
  ['a.pl', '', { interpreter: 'perl', interpreterPath: '<bin>/perl' }],
  ['a.php', '', { interpreter: 'php', interpreterPath: '<bin>/php' }],
  ['plain', 'code();', { interpreter: 'node', interpreterPath: NODE }],
  ['tool2', '#!/usr/bin/env bash\n', { interpreter: 'bash', interpreterPath: '<bin>/bash' }],
  [
    'tool2',
    '#!/usr/bin/env -S node --flag\n',
    { interpreter: 'node', interpreterPath: '<bin>/node', nodeArgs: ['--flag'] },
  ],
  ['tool2', '#!/usr/bin/env python\n', { interpreter: 'python', env: { PYTHONUNBUFFERED: '1' } }],
  ['tool2', '#! /bin/sh -e\n', { interpreter: '/bin/sh', interpreterPath: '/bin/sh', nodeArgs: ['-e'] }],
])('%s with %j is run by %p', (script, text, expected) => {
  const { folder, normalise } = run({ ...BINS, [script]: text }, { script: `./${script}`, filter_env: true });
  const spec = JSON.parse(JSON.stringify(normalise()).replaceAll(join(folder, 'bin'), '<bin>')) as unknown;
  expect(spec).toMatchObject({ script: join(folder, script), ...expected });
});

test('python3 is taken where there is no python', () => {
  const { folder, normalise } = run({ 'a.py': '', 'bin/python3': PROGRAM }, { script: 'a.py' });
  expect(normalise()).toMatchObject({ interpreter: 'python3', interpreterPath: join(folder, 'bin/python3') });
});

test('PYTHONUNBUFFERED of the user wins', () => {
  const { normalise } = run({ ...BINS, 'a.py': '' }, { script: 'a.py', env: { PYTHONUNBUFFERED: '' } });
  expect(normalise().env['PYTHONUNBUFFERED']).toBe('');
});

test('a command of PATH is run as its shebang says; Node ones may be a cluster', () => {
  const { folder, normalise } = run(
    { ...BINS, 'bin/next': '#!/usr/bin/env node\n' },
    { script: 'next', instances: 2 },
  );
  expect(normalise()).toMatchObject({
    name: 'next',
    script: join(folder, 'bin/next'),
    interpreter: 'node',
    execMode: 'cluster',
  });
});

test('serve is the static server of pm, unless there is a file of that name; a program in PATH needs its path', () => {
  const program = { ...BINS, 'bin/serve': '#!/usr/bin/env node\n' };
  expect(run(program, { script: 'serve' }).normalise().script).toBe('/opt/pm/static-server.js');
  const own = run({ ...program, serve: PROGRAM }, { script: 'serve' });
  expect(own.normalise().script).toBe(join(own.folder, 'serve'));
});

test('a binary runs itself, and only when it is executable', async () => {
  const { folder, normalise } = run({ 'tool.bin': '\x7fELF\0\0' }, { script: 'tool.bin', args: 'x' });
  const failure = await failureOf(normalise);
  expect(failure).toMatchObject({
    code: 'INTERPRETER_UNSUITED',
    hint: expect.stringContaining('chmod +x') as string,
  });
  chmodSync(join(folder, 'tool.bin'), 0o755);
  expect(normalise()).toMatchObject({
    interpreter: 'none',
    interpreterPath: 'none',
    args: ['x'],
    execMode: 'fork',
  });
});

test.each([
  ['none', 'none'],
  ['bash', '<folder>/bin/bash'],
  ['./bin/bash', '<folder>/bin/bash'],
  ['local', '<folder>/node_modules/.bin/local'],
  ['node', '<folder>/bin/node'],
])('the interpreter %s is found at %s', (interpreter, path) => {
  const files = { ...BINS, 'run.js': PROGRAM, 'node_modules/.bin/local': PROGRAM };
  const { folder, normalise } = run(files, { script: 'run.js', interpreter });
  expect(normalise()).toMatchObject({ interpreter, interpreterPath: path.replace('<folder>', folder) });
});

test.each(['bun', './no/python', '/no/node'])('the interpreter %s is not there', async (interpreter) => {
  const { normalise } = run({ 'a.js': '' }, { script: 'a.js', interpreter });
  const words = `Interpreter ${interpreter} is NOT AVAILABLE in PATH (app a)`;
  expect(await failureOf(normalise)).toMatchObject({ code: 'INTERPRETER_NOT_FOUND', message: words });
});

test.each([
  ['node@20', '.nvm/versions/node/v20.11.1/bin/node'],
  ['node@20.9', '.nvm/versions/node/v20.9.0/bin/node'],
  ['node@v18.2.0', '.local/share/fnm/node-versions/v18.2.0/installation/bin/node'],
  ['node@22', '.volta/tools/image/node/22.1.0/bin/node'],
])('%s is the newest one that fits', (interpreter, path) => {
  const files = {
    'a.js': '',
    '.nvm/versions/node/v20.9.0/bin/node': PROGRAM,
    '.nvm/versions/node/v20.11.1/bin/node': PROGRAM,
    '.local/share/fnm/node-versions/v18.2.0/installation/bin/node': PROGRAM,
    '.volta/tools/image/node/22.1.0/bin/node': PROGRAM,
  };
  const folder = folderWith(files);
  const context = contextIn(folder, { env: { HOME: folder } });
  const { apps } = normaliseApps(documentOf({ script: 'a.js', interpreter, instances: 2 }), context);
  expect(apps[0]).toMatchObject({ interpreterPath: join(folder, path), execMode: 'cluster' });
});

test('a Node version that is not installed is an error, and nothing is installed', async () => {
  const { normalise } = run({ 'a.js': '' }, { script: 'a.js', interpreter: 'node@2' });
  expect(await failureOf(normalise)).toMatchObject({
    code: 'INTERPRETER_UNSUITED',
    message: expect.stringContaining('Node 2 is not installed') as string,
  });
});

const TSX = {
  'node_modules/tsx/package.json': '{"exports": "./loader.mjs"}',
  'node_modules/tsx/loader.mjs': '',
};
const TS_NODE = { 'node_modules/ts-node/register/index.js': '' };

test.each([
  ['native', {}, 'a.ts', []],
  ['flag', TSX, 'a.ts', ['--experimental-strip-types']],
  ['none', { ...TSX, ...TS_NODE }, 'a.ts', ['--import', 'tsx']],
  ['none', TS_NODE, 'a.mts', ['--require', 'ts-node']],
  ['native', TSX, 'a.tsx', ['--import', 'tsx']],
] as const)('a Node with %s TypeScript runs %p/%s with %p', (typescript, files, script, args) => {
  const { folder, normalise } = run(
    { ...files, [script]: '' },
    { script, node_args: '--mine' },
    { typescript },
  );
  const loaders: Record<string, string> = {
    tsx: pathToFileURL(join(folder, 'node_modules/tsx/loader.mjs')).href,
    'ts-node': join(folder, 'node_modules/ts-node/register/index.js'),
  };
  expect(normalise()).toMatchObject({
    interpreter: 'node',
    nodeArgs: [...args.map((arg) => loaders[arg] ?? arg), '--mine'],
  });
});

test('TypeScript without anything to run it is an error with a way out, never bun', async () => {
  const { normalise } = run({ 'bin/bun': PROGRAM, 'a.ts': '' }, { script: 'a.ts' });
  expect(await failureOf(normalise)).toMatchObject({
    code: 'INTERPRETER_UNSUITED',
    hint: expect.stringContaining('npm i tsx') as string,
  });
});

test.each([
  ['node a.js --x 1', 'node a'],
  ['npm run start', 'npm run start'],
  ['/usr/bin/python3 -m http.server', 'python3 -m http'],
])('the command line %j is run by a shell and called %j', (script, name) => {
  const { folder, normalise } = run(BINS, { script });
  expect(normalise()).toMatchObject({
    name,
    script: join(folder, 'bin/bash'),
    args: ['-c', script],
    interpreter: 'none',
    version: 'N/A',
  });
});

test('arguments of a command line stay single words, and a line is never a cluster', () => {
  const { normalise } = run(BINS, { script: 'node a.js', args: ['b c', '$X'], instances: 2 });
  expect(normalise()).toMatchObject({
    args: ['-c', 'node a.js "$@"', 'sh', 'b c', '$X'],
    execMode: 'fork',
    instances: 2,
  });
});

test('sh runs the line where there is no bash', () => {
  const { folder, normalise } = run({ 'bin/sh': PROGRAM }, { script: 'a b' });
  expect(normalise().script).toBe(join(folder, 'bin/sh'));
});

test('a file whose name has a blank is that file', () => {
  const { folder, normalise } = run({ 'my app.js': '' }, { script: 'my app.js' });
  expect(normalise()).toMatchObject({
    name: 'my app',
    script: join(folder, 'my app.js'),
    interpreter: 'node',
  });
});

test.each([
  [{ 'shop/index.js': '' }, './shop', 'shop/index.js', 'shop'],
  [
    { 'shop/package.json': '{"main": "lib/main.js"}', 'shop/lib/main.js': '' },
    'shop',
    'shop/lib/main.js',
    'shop',
  ],
])('a folder %p is run as Node would', (files, script, path, name) => {
  const { folder, normalise } = run(files, { script });
  expect(normalise()).toMatchObject({ script: join(folder, path), name });
});

test.each(['gone.js', './tool', 'nothing-of-that-name', 'bin'])(
  'the script %s is not there',
  async (script) => {
    const { folder, normalise } = run(BINS, { script });
    expect(await failureOf(normalise)).toMatchObject({
      code: 'SCRIPT_NOT_FOUND',
      message: `Script not found: ${join(folder, script)}`,
    });
  },
);

test('a file of the folder goes before a command of the same name', () => {
  const { folder, normalise } = run({ ...BINS, tool: '' }, { script: 'tool' });
  writeFileSync(join(folder, 'tool'), 'code();');
  expect(normalise()).toMatchObject({ script: join(folder, 'tool'), interpreter: 'node' });
});
