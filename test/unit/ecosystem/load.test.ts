import { join } from 'node:path';
import { loadConfigFile, loadStdin, openDocument } from '../../../src/ecosystem';
import { failureOf, folderWith } from './support';

const APP = { name: 'a', script: 'a.js' };

const load = (name: string, text: string) => loadConfigFile(name, folderWith({ [name]: text }));

const valuesOf = async (loading: ReturnType<typeof load>) => (await loading).apps.map(({ value }) => value);

test.each([
  ['apps.json', '// comment\n{"apps": [{"name": "a", "script": "a.js",},]}'],
  ['apps.json', "{apps: {name: 'a', script: 'a.js'}}"],
  ['apps.json', '\uFEFF[{"name": "a", "script": "a.js"}]'],
  ['apps.json5', '{name: "a", script: "a.js"}'],
  ['apps.yml', 'apps:\n  - name: a\n    script: a.js\n'],
  ['apps.yaml', 'x-common: &common\n  script: a.js\napps:\n  name: a\n  <<: *common\n'],
  ['package.json', '{"name": "shop", "script": "no", "pm2": [{"name": "a", "script": "a.js"}]}'],
  ['package.json', '{"pm": {"apps": [{"name": "a", "script": "a.js"}]}, "pm2": []}'],
  ['package.json', '{"apps": {"name": "a", "script": "a.js"}}'],
])('%s with %j holds one app', async (name, text) => {
  expect(await valuesOf(load(name, text))).toEqual([APP]);
});

test.each([
  ['apps.json', '{\n  "apps": [\n    { "name": }\n  ]\n}', ':3:15', "invalid character '}'"],
  ['apps.json', '{"a": require("x")}', ':1:7', "invalid character 'r'"],
  ['apps.json', '', ':1:1', 'invalid end of input'],
  ['apps.yml', 'apps:\n  - name: a\n   script: b\n', ':3:', 'bad indentation'],
  ['apps.yml', 'name: a\nscript: b\nname: c\n', ':3:', 'duplicated mapping key'],
  ['package.json', '{"name": "shop",, }', ':1:', 'invalid character'],
])('%s with %j is malformed at %s: %s', async (name, text, place, why) => {
  const failure = await failureOf(() => load(name, text));
  expect(failure.code).toBe('CONFIG_MALFORMED');
  expect(failure.message).toContain(`${name}${place}`);
  expect(failure.message).toContain(why);
  expect(failure.message).not.toContain('    at ');
});

test.each([
  ['apps.json', '"a.js"', 'expected an object with "apps", got a string'],
  ['apps.yml', '', 'expected an object with "apps", got nothing'],
  ['apps.json', '{"apps": "a.js"}', 'apps: expected a list of apps, got a string'],
  ['package.json', '{"name": "shop", "main": "a.js"}', 'expected a section "pm", "pm2" or "apps"'],
])('%s with %j is no config: %s', async (name, text, why) => {
  const failure = await failureOf(() => load(name, text));
  expect(failure).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(why) as string });
});

test('a file that is not there is told by the name that was typed', async () => {
  const failure = await failureOf(() => loadConfigFile('sub/ecosystem.config.js', '/'));
  expect(failure).toMatchObject({
    code: 'CONFIG_NOT_FOUND',
    message: 'File sub/ecosystem.config.js not found',
  });
});

test('a folder with the name of a config file is an error in words', async () => {
  const folder = folderWith({ 'x.json/app.js': '' });
  expect(await failureOf(() => loadConfigFile('x.json', folder))).toMatchObject({ code: 'CONFIG_MALFORMED' });
});

test.each([
  ['apps.json', '{\n "apps": [\n  {\n   "script": "a.js",\n   "max_restarts": "x"\n  }\n ]\n}'],
  ['apps.yml', '# apps\napps:\n  - name: a\n    script: a.js\n    max_restarts:\n      x\n'],
])('lines of %s are known', async (name, text) => {
  const { apps } = await load(name, text);
  expect(apps[0]?.lineOf('max_restarts')).toBe(5);
  expect(apps[0]?.lineOf()).toBe(3);
});

test('sections beside the apps are kept or become apps, and what nobody reads is told', async () => {
  const text = '{apps: [], deploy: {production: {}}, static: [{port: 80}], deplyo: {}, "x-shared": 1}';
  const document = await load('apps.json', text);
  const site = { name: 'static-page-server-80', script: 'serve', env: { PM_SERVE_PORT: 80 } };
  expect(document).toMatchObject({ deploy: { production: {} }, apps: [{ label: 'static[0]', value: site }] });
  expect(document.warnings).toEqual(['Section "deplyo" is not read; did you mean "deploy"?']);
});

test('stdin is read as JSON with comments, however long', async () => {
  const apps = Array.from({ length: 5000 }, (_, index) => ({ name: `app-${index}`, script: 'a.js' }));
  const { apps: read, file } = await loadStdin(`// all of them\n${JSON.stringify({ apps })}`);
  expect(read).toHaveLength(5000);
  expect(file).toBeUndefined();
});

test.each(['', ' \n'])('nothing on stdin (%j) is an error', async (text) => {
  expect(await failureOf(() => loadStdin(text))).toMatchObject({ code: 'CONFIG_MALFORMED' });
});

test.each([
  [{ apps: [APP, APP] }, ['apps[0]', 'apps[1]']],
  [[APP], ['apps[0]']],
  [{ pm2: [APP] }, ['pm2[0]']],
  [{ apps: APP }, ['apps']],
  [APP, ['']],
])('the apps of %j are called %j', (value, labels) => {
  expect(openDocument(value).apps.map(({ label }) => label)).toEqual(labels);
});

test('the file is absolute', async () => {
  const folder = folderWith({ 'apps.json': '{script: "a"}' });
  expect((await loadConfigFile('apps.json', folder)).file).toBe(join(folder, 'apps.json'));
});

test('of a key that stands twice in JSON the last one counts, with a warning', async () => {
  const folder = folderWith({ 'apps.json': '{\n  "name": "a",\n  "name": "b"\n}' });
  const { apps, warnings } = await loadConfigFile('apps.json', folder);
  expect(apps[0]?.value).toEqual({ name: 'b' });
  expect(warnings).toEqual([expect.stringMatching(/apps\.json:3: duplicated key name; the last one counts/)]);
});
