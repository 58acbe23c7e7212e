import { selectViews } from '../../../src/cli/selectors';
import { viewOf } from './samples';

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
  expect(selectViews(views, selector).map(({ id }) => id)).toEqual(ids);
});

test('a broken pattern is refused', () => {
  expect(() => selectViews(views, '/(/')).toThrow('not a valid regular expression');
});
