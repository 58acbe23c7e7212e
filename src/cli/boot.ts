import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { compiledName, splitCompiled } from './compiled';

/*
 * Runs main.js as the build has left it, compiled, for the V8 that built it: compiling takes 4 ms of the 13 that pm adds to
 * Node's own start. Any other V8, or no such file: main.js itself. See docs/adr/0009-code-cache.md.
 */

type Main = (
  exports_: object,
  require_: NodeJS.Require,
  module_: NodeJS.Module,
  file: string,
  folder: string,
) => void;

function compiledMain(): Main | null {
  try {
    const { source, cachedData } = splitCompiled(readFileSync(join(__dirname, compiledName())));
    const script = new Script(source, { filename: join(__dirname, 'main.js'), cachedData });
    // Refused by V8, it would have been compiled from the source beside it: right, but no faster.
    return script.runInThisContext() as Main;
  } catch {
    return null;
  }
}

const mainFile = join(__dirname, 'main.js');
const main = compiledMain();
// eslint-disable-next-line @typescript-eslint/no-require-imports -- it is started, as main of a process, and not imported
if (main === null) require(mainFile);
else main(exports as object, require, module, mainFile, __dirname);
