import { homeAt } from '../../../src/home/paths';
import { logPathsOf, pidPathOf } from '../../../src/logs/names';

const home = homeAt('/h/.pm');
const spec = {
  name: 'api',
  cwd: '/srv/api',
  env: { HOME: '/home/ada' },
  execMode: 'fork',
  instancesGiven: false,
  disableLogs: false,
} as const;

describe('log file names', () => {
  test.each([
    ['a single fork app has no id in its files', {}, '/h/.pm/logs/api-out.log', '/h/.pm/logs/api-error.log'],
    [
      'instances given: each has its own files',
      { instancesGiven: true },
      '/h/.pm/logs/api-out-3.log',
      '/h/.pm/logs/api-error-3.log',
    ],
    [
      'merge_logs wins over instances',
      { instancesGiven: true, mergeLogs: true },
      '/h/.pm/logs/api-out.log',
      '/h/.pm/logs/api-error.log',
    ],
    [
      'merge_logs false wins over a single fork',
      { mergeLogs: false },
      '/h/.pm/logs/api-out-3.log',
      '/h/.pm/logs/api-error-3.log',
    ],
    [
      'odd characters of the name become a dash',
      { name: 'a/b c_d\\é' },
      '/h/.pm/logs/a-b-c-d-é-out.log',
      '/h/.pm/logs/a-b-c-d-é-error.log',
    ],
    [
      'a name cannot leave the folder',
      { name: '../../x' },
      '/h/.pm/logs/..-..-x-out.log',
      '/h/.pm/logs/..-..-x-error.log',
    ],
    [
      'paths are relative to the working directory',
      { outFile: 'l/o.log', errorFile: './e.log' },
      '/srv/api/l/o.log',
      '/srv/api/e.log',
    ],
    [
      "~ is the caller's home",
      { outFile: '~/o.log', errorFile: '~ada/e.log' },
      '/home/ada/o.log',
      '/srv/api/~ada/e.log',
    ],
    ['NULL and /dev/null are nowhere', { outFile: 'NULL', errorFile: '/dev/null' }, null, null],
    ['disable_logs is nowhere', { disableLogs: true, outFile: '/x.log' }, null, null],
    [
      'a file without .log gets the id at its end',
      { mergeLogs: false, outFile: '/l/out', errorFile: '/l/e.txt' },
      '/l/out-3',
      '/l/e.txt-3',
    ],
    [
      'a device keeps its name',
      { mergeLogs: false, outFile: '/dev/stdout', errorFile: '/dev/stderr' },
      '/dev/stdout',
      '/dev/stderr',
    ],
  ])('%s', (_title, patch, out, error) => {
    expect(logPathsOf({ ...spec, ...patch }, 3, home)).toMatchObject({ out, error });
  });

  test.each([
    ['none unless asked for', {}, null],
    ['true: named after the app', { logFile: true }, '/h/.pm/logs/api.log'],
    ['a path', { logFile: 'all.log' }, '/srv/api/all.log'],
    ['one each for several instances', { logFile: true, instancesGiven: true }, '/h/.pm/logs/api-3.log'],
    ['/dev/null is nowhere', { logFile: '/dev/null' }, null],
    ['false is nowhere', { logFile: false }, null],
    ['disable_logs is nowhere', { logFile: true, disableLogs: true }, null],
  ])('the combined file: %s', (_title, patch, combined) => {
    expect(logPathsOf({ ...spec, ...patch }, 3, home).combined).toBe(combined);
  });

  test('the pid file carries the id', () => {
    expect(pidPathOf(spec, 3, home)).toBe('/h/.pm/pids/api-3.pid');
    expect(pidPathOf({ ...spec, pidFile: '/run/api.pid' }, 3, home)).toBe('/run/api-3.pid');
    expect(pidPathOf({ ...spec, pidFile: 'run/api' }, 3, home)).toBe('/srv/api/run/api-3');
  });
});
