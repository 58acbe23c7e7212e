import { join } from 'node:path';
import { findConfigFile, isConfigFile } from '../../../src/ecosystem';
import { folderWith } from './support';

test.each([
  'ecosystem.config.js',
  'ecosystem.config.cjs',
  './deep/api.config.mjs',
  'api.config.ts',
  'api.config.mts',
  'api.config.cts',
  'ecosystem.example.js',
  'process.json',
  'process.json5',
  'apps.yml',
  '/abs/apps.yaml',
  'package.json',
])('%s is a config file', (path) => {
  expect(isConfigFile(path)).toBe(true);
});

test.each([
  'my.json.js',
  'x.json/app.js',
  'apps.yml.bak',
  'app.js',
  'config.js',
  'ecosystem.js',
  'app.ts',
  'json',
  '-',
])('%s is not a config file', (path) => {
  expect(isConfigFile(path)).toBe(false);
});

test('PM2’s default name is found before the others', () => {
  const folder = folderWith({ 'ecosystem.yml': '', 'ecosystem.config.js': '', 'ecosystem.config.ts': '' });
  expect(findConfigFile(folder)).toBe(join(folder, 'ecosystem.config.js'));
});

test('a folder without a default file has none', () => {
  expect(findConfigFile(folderWith({ 'app.js': '' }))).toBeNull();
});
