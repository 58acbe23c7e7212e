import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { defineConfig } from '../../../src';
import { attributesMarkdown } from '../../../src/ecosystem/attributes/markdown';
import { attributeNames, spellingsOf } from '../../../src/ecosystem/attributes/names';
import { configSchema } from '../../../src/ecosystem/attributes/schema';

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(configSchema());

test.each([
  [{ apps: [{ script: 'a.js', instances: 'max', env: { A: 1 }, env_production: { A: null } }], deploy: {} }],
  [{ apps: { exec: 'a.js', maxMemoryRestart: '150M' } }],
  [[{ cmd: 'a.js', min_uptime: '90s' }]],
  [{ $schema: 'x', script: 'a.js', stop_exit_codes: 1, cron: 0 }],
  [{ static: [{ port: 80 }] }],
])('an editor accepts %j', (config) => {
  expect(validate(config)).toBe(true);
});

test.each([
  [{ apps: [{ name: 'a' }] }],
  [{ apps: [{ script: 'a.js', instnaces: 1 }] }],
  [{ apps: [{ script: 'a.js', max_memory_restart: 'lots' }] }],
  [{ script: 'a.js', min_uptime: 3 }],
  ['a.js'],
])('an editor marks %j', (config) => {
  expect(validate(config)).toBe(false);
});

test('no two attributes share a spelling', () => {
  const spellings = attributeNames.flatMap(spellingsOf);
  expect(spellings).toEqual([...new Set(spellings)]);
});

test('docs/attributes.md is what the declarations say; `npm run docs` writes it', () => {
  expect(readFileSync(resolve(__dirname, '../../../docs/attributes.md'), 'utf8')).toBe(attributesMarkdown());
});

test('defineConfig returns what it is given, and types know every spelling', () => {
  const config = { apps: [{ script: 'a.js', killTimeout: '5s', interpreterArgs: ['-v'], env_x: { A: 1 } }] };
  expect(defineConfig(config)).toBe(config);
  defineConfig(async () => ({ script: 'a.js' }));
  // @ts-expect-error an attribute that does not exist
  defineConfig({ apps: [{ script: 'a.js', instnaces: 1 }] });
  // @ts-expect-error a value that is none of the attribute's
  defineConfig({ script: 'a.js', exec_mode: 'clutser' });
});
