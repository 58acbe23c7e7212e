import { inotifyWords } from '../../../../src/god/triggers/watch';
import { planWatch, type WatchSpec } from '../../../../src/god/triggers/watch-filter';

const plan = (spec: Partial<WatchSpec>, own: string[] = []): ReturnType<typeof planWatch> =>
  planWatch({ cwd: '/srv/.apps/api', watch: true, ...spec }, own);

/** Which of these files of the app's folder count. */
const counted = (spec: Partial<WatchSpec>, files: string[], own: string[] = []): string[] =>
  files.filter((file) => !plan(spec, own).isIgnored(`/srv/.apps/api/${file}`, true));

const FILES = [
  'app.js',
  'lib/a.js',
  'lib/a.ts',
  'logs/x.log',
  'node_modules/m/i.js',
  '.git/HEAD',
  'lib/.env',
];

test.each<[title: string, spec: Partial<WatchSpec>, files: string[]]>([
  ['true: all but dot files and node_modules', {}, ['app.js', 'lib/a.js', 'lib/a.ts', 'logs/x.log']],
  ['a folder', { watch: ['lib'] }, ['lib/a.js', 'lib/a.ts']],
  ['a file', { watch: ['app.js'] }, ['app.js']],
  ['a dot file that is named', { watch: ['lib/.env'] }, ['lib/.env']],
  ['a glob', { watch: ['lib/**/*.ts'] }, ['lib/a.ts']],
  ['a name is ignored anywhere', { ignoreWatch: ['logs'] }, ['app.js', 'lib/a.js', 'lib/a.ts']],
  ['a glob without a folder', { ignoreWatch: ['*.log', '*.ts'] }, ['app.js', 'lib/a.js']],
  ['a path', { ignoreWatch: ['./lib'] }, ['app.js', 'logs/x.log']],
  ['a glob of a path', { ignoreWatch: ['lib/*.js'] }, ['app.js', 'lib/a.ts', 'logs/x.log']],
  [
    "PM2's example of a regular expression",
    { ignoreWatch: ['[\\/\\\\]\\./', 'x\\.log$'] },
    ['app.js', 'lib/a.js', 'lib/a.ts'],
  ],
  ['a pattern between slashes', { ignoreWatch: ['/^.lib/'] }, ['app.js', 'logs/x.log']],
  [
    'one that is no pattern is a name',
    { ignoreWatch: ['(\\'] },
    ['app.js', 'lib/a.js', 'lib/a.ts', 'logs/x.log'],
  ],
  ['extensions', { ext: ['ts,log'] }, ['lib/a.ts', 'logs/x.log']],
])('%s', (_title, spec, files) => {
  expect(counted(spec, FILES)).toEqual(files);
});

test("the app's own logs never count", () => {
  expect(counted({}, ['app.js', 'out.log'], ['/srv/.apps/api/out.log'])).toEqual(['app.js']);
});

test('folders that are ignored are not entered, others are', () => {
  const { isIgnored } = plan({ ext: ['js'], ignoreWatch: ['logs'] });
  expect(isIgnored('/srv/.apps/api/node_modules', false)).toBe(true);
  expect(isIgnored('/srv/.apps/api/logs', false)).toBe(true);
  expect(isIgnored('/srv/.apps/api/lib', false)).toBe(false);
  expect(isIgnored('/srv/.apps/api', false)).toBe(false);
});

test.each([
  ['ENOSPC', /max_user_watches/],
  ['EMFILE', /max_user_instances/],
  ['EACCES', /no access/],
])('%s says what to do', (code, words) => {
  expect(inotifyWords(Object.assign(new Error('no access'), { code }))).toMatch(words);
});
