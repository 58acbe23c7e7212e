import { readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { joinCompiled } from '../../src/cli/compiled';

/** `record-main <main.js> <out> list`: runs that command and, when it ends, writes what V8 has compiled for it. */
const [node = '', , main = '', out = '', ...args] = process.argv;
process.argv = [node, main, ...args];
const source = Module.wrap(readFileSync(main, 'latin1'));
const script = new Script(source, { filename: main });
process.on('exit', (code) => {
  if (code === 0) writeFileSync(out, joinCompiled({ source, cachedData: script.createCachedData() }));
});
const run = script.runInThisContext() as (...values: unknown[]) => void;
run(exports, createRequire(main), module, main, dirname(main));
