import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { importViolations, placeViolations } from './violations';

const src = resolve(__dirname, '../../../src');
const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(src, join(entry.parentPath, entry.name)));

test('every import under src/ is one that the table of rooms allows', () => {
  expect(files.flatMap((file) => importViolations(file, readFileSync(join(src, file), 'utf8')))).toEqual([]);
});

test('every file under src/ is in a room and named for one concept', () => {
  expect(files.flatMap(placeViolations)).toEqual([]);
});

test.each([
  ['satan/client.ts', "import { connect } from '../wire/client'"],
  ['god/main.ts', "import type { AppSpec } from '../model/app-spec'; import { open } from 'node:fs'"],
  [
    'god/policy/restart.ts',
    "import type { State } from '../core/lifecycle'; import { instance } from '../../model/instance'",
  ],
  ['worker/main.ts', "import type { FromWorker } from '../protocol/worker'; import net from 'node:net'"],
  ['worker/main.ts', "import { type FromWorker } from '../protocol/worker'"],
  ['cli/main.ts', "const start = () => import('./commands/start')"],
  ['wire/client.ts', "import axon from 'axon'"],
  ['index.ts', "export { connect } from './satan/client'"],
])('%s may say: %s', (path, text) => {
  expect(importViolations(path, text)).toEqual([]);
});

test.each([
  [
    'a library reaches up',
    'model/app-spec.ts',
    "import { pmError } from '../errors'",
    'model may import nothing',
  ],
  ['God runs user code', 'god/main.ts', "import { load } from '../ecosystem'", 'god may import'],
  ['God calls itself', 'god/effects/start.ts', "import type { Satan } from '../../satan'", 'god may import'],
  [
    'the preload carries code',
    'worker/main.ts',
    "import { COMMAND } from '../protocol/worker'",
    'use import type',
  ],
  ['a re-export carries code', 'cli/start.ts', "export * from '../protocol/control'", 'use import type'],
  ['a lazy import', 'shim/server.ts', "const satan = await import('../satan/client')", 'shim may import'],
  ['a require', 'shim/server.ts', "const satan = require('../satan/client')", 'shim may import'],
  [
    'an imported type',
    'model/app-spec.ts',
    "type X = import('../errors').PmError",
    'model may import nothing',
  ],
  ['two commands', 'cli/commands/start.ts', "import { runStop } from './stop'", 'do not know each other'],
  [
    'policy reads the disk',
    'god/policy/restart.ts',
    "import { statSync } from 'node:fs'",
    'no module of Node',
  ],
  [
    'policy reaches out',
    'god/policy/restart.ts',
    "import { run } from '../effects/run'",
    'imports from god only',
  ],
  [
    'policy leaves God',
    'god/policy/restart.ts',
    "import { log } from '../../logs/names'",
    'imports only model',
  ],
  [
    'the machine asks policy',
    'god/core/lifecycle.ts',
    "import { decide } from '../policy/restart'",
    'imports from god only',
  ],
  [
    'a lower layer reaches up',
    'ecosystem/read/load.ts',
    "import { run } from '../resolve/run'",
    'within ecosystem the order is',
  ],
  ['a process is imported', 'cli/commands/start.ts', "import '../../god/main'", 'a process is started'],
  ['a package out of its room', 'shim/server.ts', "import axon from 'axon'", 'axon is loaded by wire only'],
  ['a package nobody decided on', 'cli/main.ts', "import _ from 'lodash'", 'needs an ADR'],
  ['a bare builtin', 'home/files.ts', "import fs from 'fs'", 'write node:'],
  ['something outside of src', 'cli/main.ts', "import manifest from '../../package.json'", 'only from src'],
])('is refused: %s', (_what, path, text, why) => {
  expect(importViolations(path, text)).toEqual([expect.stringContaining(why)]);
});

test.each([
  ['web/main.ts', 'no room'],
  ['model/main.ts', 'a library has no main.ts'],
  ['god/controlLoop.ts', 'kebab-case'],
  ['god/utils.ts', 'one concept'],
])('is misplaced: %s', (path, why) => {
  expect(placeViolations(path)).toEqual([expect.stringContaining(why)]);
});
