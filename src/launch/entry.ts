import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pmError } from '../errors';

/** Our programs, each one bundle in dist/. */
type Bundle = 'god' | 'shim' | 'worker' | 'static-server';

/**
 * Where the program's bundle lies. This code itself is in every bundle, at different depths of dist/
 * (`cli/main.js`, `cli/commands/start.js`, `index.js`), or in src/ when a unit test runs it.
 */
export function entryPath(program: Bundle): string {
  const roots = [
    join(__dirname, '..'),
    join(__dirname, '..', '..'),
    __dirname,
    join(__dirname, '..', '..', 'dist'),
  ];
  const found = roots.map((root) => join(root, program, 'main.js')).find((path) => existsSync(path));
  if (found === undefined)
    throw pmError('INCOMPLETE', { why: `the bundle of ${program} is missing beside ${__dirname}` });
  return found;
}
