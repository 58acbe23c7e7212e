import { selectViews, viewsMeant } from '../../../src/cli/selectors';
import { viewOf } from './samples';

const HERE = { folders: [], within: {} };

const views = [
  viewOf({ id: 0, name: 'api', namespace: 'web' }),
  viewOf({ id: 1, name: 'worker-a', namespace: 'jobs' }),
  viewOf({ id: 2, name: 'worker-b', namespace: 'jobs' }),
  viewOf({ id: 3, name: '0', namespace: 'odd' }),
];

test.each([
  ['all', [0, 1, 2, 3]],
  ['api', [0]],
  ['jobs', [1, 2]],
  ['1', [1]],
  ['0', [3]],
  ['/^worker/', [1, 2]],
  ['/WORKER/i', [1, 2]],
  ['/worker/g', [1, 2]],
  ['nosuch', []],
])('%s selects %j', (selector, ids) => {
  expect(selectViews(views, selector, HERE).map(({ id }) => id)).toEqual(ids);
});

test('a broken pattern is refused', () => {
  expect(() => selectViews(views, '/(/', HERE)).toThrow('not a valid regular expression');
});

test('a pattern that would take for ever is refused, and soon', () => {
  const long = viewOf({ id: 0, name: 'a'.repeat(40) + '!' });
  expect(() => selectViews([long], '/(a+)+$/', HERE)).toThrow('takes longer than 100 ms');
});

test.each([
  ['app.js', ['/srv'], [0, 1]],
  ['./app.js', ['/srv'], [0, 1]],
  ['../srv/app.js', ['/home'], [0, 1]],
  ['srv/app.js', ['/'], [0, 1]],
  ['sub/app.js', ['/srv'], [2]],
  ['app.js', ['/nowhere', '/srv/sub'], [2]],
  ['app.js', [], []],
  // A name hides a script.
  ['web', ['/srv/bin'], [3]],
  ['/srv/dim', [], [4]],
])('%s in %j is the script of %j', (selector, folders, ids) => {
  const scripts = [
    viewOf({ id: 0, name: 'one', script: '/srv/app.js' }),
    viewOf({ id: 1, name: 'two', script: '/srv/app.js' }),
    viewOf({ id: 2, name: 'three', script: '/srv/sub/app.js' }),
    viewOf({ id: 3, name: 'web', script: '/srv/web.js' }),
    viewOf({ id: 4, name: 'other', script: '/srv/dim' }),
    viewOf({ id: 5, name: 'bin', script: '/srv/bin/web' }),
  ];
  expect(selectViews(scripts, selector, { folders, within: {} }).map(({ id }) => id)).toEqual(ids);
});

test.each([
  [{ namespaces: ['jobs'] }, [1, 2]],
  [{ names: ['api', 'worker-a'] }, [0, 1]],
  [{ namespaces: ['jobs'], names: ['api', 'worker-a'] }, [1]],
  [{ namespaces: ['nosuch'] }, []],
])('all within %j', (within, ids) => {
  expect(viewsMeant(views, [], { folders: [], within }).map(({ id }) => id)).toEqual(ids);
});
