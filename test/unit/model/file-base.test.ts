import { fileBaseOf } from '../../../src/model/file-base';

test.each([
  ['api', 'api'],
  ['my app_v2', 'my-app-v2'],
  ['@scope/web', '-scope-web'],
  ['сервис', 'сервис'],
  ['платёж', 'платёж'],
  ['日本語', '日本語'],
  ['🚀x', '🚀x'],
  ['a\u0000b\u202ec', 'a-b-c'],
  ['../../x', '..-..-x'],
])('%j is %s in the name of a file', (name, base) => {
  expect(fileBaseOf(name)).toBe(base);
});

test('a long name is cut between letters, so that the endings fit into 255 bytes', () => {
  const base = fileBaseOf('ж'.repeat(300));
  expect(base).toBe('ж'.repeat(100));
});
