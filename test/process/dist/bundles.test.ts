import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';

const dist = resolve(__dirname, '../../../dist');

const filesBelow = (folder: string): string[] =>
  readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.startsWith(folder) && name.endsWith('.js'))
    .map((name) => join(dist, name));

/** Every `require('…')` in the text, also those a bundler did not follow. */
const requiredBy = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/\brequire\(\s*["'`]([^"'`]+)/g)].map(([, name]) => name ?? '');

// A package that its bundler half understood fails, or warns, only when it is loaded.
test('every bundled package loads without a warning', () => {
  const load = filesBelow('vendor').map((file) => `require(${JSON.stringify(file)});`);
  const { stderr, status } = spawnSync(process.execPath, ['--pending-deprecation', '-e', load.join('\n')], {
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});

test('nothing of the crash rig is shipped', () => {
  const all = filesBelow('');
  expect(all.length).toBeGreaterThan(10);
  expect(all.filter((file) => readFileSync(file, 'utf8').includes('PM_FAILPOINTS'))).toEqual([]);
});

test.each(['worker', 'shim', 'god'])('%s requires nothing but modules of Node', (process) => {
  const foreign = filesBelow(process).flatMap((file) => requiredBy(file).filter((name) => !isBuiltin(name)));
  expect(foreign).toEqual([]);
});

// V8 makes two bytes of every letter of a file that has others, takes twice as long to read it, and keeps it like that.
// Only comments can have them: esbuild escapes the rest.
test('what the CLI reads at every start, and what daemons keep in memory, is ASCII', () => {
  const others = ['cli', 'satan', 'vendor/a', 'god', 'shim', 'worker']
    .flatMap(filesBelow)
    .filter((file) => /[^\0-\x7f]/.test(readFileSync(file, 'utf8')));
  expect(others).toEqual([]);
});
