import { join } from 'node:path';
import {
  appNames,
  normaliseApps,
  normaliseSpecPatch,
  unsetFields,
  openDocument,
} from '../../../src/ecosystem';
import type { NormaliseContext } from '../../../src/ecosystem';
import { contextIn, documentOf, failureOf, folderWith, NODE } from './support';

const FILES = { 'app.js': '', 'package.json': '{"version": "1.2.3"}', 'sub/other.test.js': '' };

/** The first app of a file with this one, in a folder with FILES. */
function specOf(app: Record<string, unknown>, more: Partial<NormaliseContext> = {}) {
  const folder = folderWith(FILES);
  const { apps, warnings } = normaliseApps(documentOf(app), contextIn(folder, more));
  return { spec: apps[0]!, warnings, folder };
}

test('a script alone becomes a complete, frozen spec', () => {
  const { spec, folder } = specOf({ script: 'app.js' });
  expect(spec).toMatchObject({
    name: 'app',
    namespace: 'default',
    cwd: folder,
    script: join(folder, 'app.js'),
    args: [],
    interpreter: 'node',
    interpreterPath: NODE,
    nodeArgs: [],
    execMode: 'fork',
    instances: 1,
    instancesGiven: false,
    maxRestarts: 16,
    minUptimeMs: 1000,
    killTimeoutMs: 1600,
    restartWindow: '60 in 10m',
    env: { PATH: '/usr/bin:/bin', HOME: '/home/me' },
    envNames: [],
    username: 'me',
    version: '1.2.3',
    configFile: '/x/ecosystem.config.js',
    withoutEffect: [],
  });
  expect(Object.isFrozen(spec)).toBe(true);
  expect(Object.isFrozen(spec.env)).toBe(true);
  expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
});

test.each([
  [{ instances: 3 }, { execMode: 'cluster', instances: 3, instancesGiven: true }],
  [{ instances: 1 }, { execMode: 'cluster', instances: 1 }],
  [{ instances: 'max' }, { execMode: 'cluster', instances: 4 }],
  [{ instances: 0 }, { execMode: 'cluster', instances: 4 }],
  [{ instances: -1 }, { execMode: 'cluster', instances: 3 }],
  [{ instances: '-9' }, { execMode: 'cluster', instances: 1 }],
  [
    { instances: 3, exec_mode: 'fork' },
    { execMode: 'fork', instances: 3 },
  ],
  [
    { instances: 3, execute_command: true },
    { execMode: 'fork', instances: 3 },
  ],
  [{ exec_mode: 'cluster' }, { execMode: 'cluster', instances: 1, instancesGiven: false }],
  [{ exec_mode: 'cluster_mode' }, { execMode: 'cluster' }],
  [
    { instances: 2, interpreter: 'bash' },
    { execMode: 'fork', instances: 2 },
  ],
])('%p runs as %p', (attributes, expected) => {
  const isThere = (command: string) => (command === 'bash' ? '/bin/bash' : null);
  expect(specOf({ script: 'app.js', ...attributes }, { findInPath: isThere }).spec).toMatchObject(expected);
});

test.each([
  [{ script: 'app.js', interpreter: '/bin/sh' }, '/bin/sh is not Node'],
  [{ script: 'sleep 9' }, 'a command line is not Node'],
])('a cluster of %j runs as that many processes, with a warning', (attributes, why) => {
  const folder = folderWith({ 'app.js': '' });
  const app = { ...attributes, instances: 2, exec_mode: 'cluster' };
  const { apps, warnings } = normaliseApps(documentOf(app), contextIn(folder));
  expect(apps[0]).toMatchObject({ execMode: 'fork', instances: 2 });
  expect(warnings).toEqual([expect.stringContaining(why)]);
});

test.each([
  ['tsx', { 'node_modules/tsx/index.js': '' }, '--import'],
  ['./node_modules/.bin/ts-node', { 'node_modules/ts-node/register/index.js': '' }, '--require'],
])('%s in cluster mode is Node with a loader', (interpreter, files, flag) => {
  const folder = folderWith({ 'app.ts': '', ...files });
  const app = { script: 'app.ts', interpreter, exec_mode: 'cluster', instances: 2 };
  const { apps, warnings } = normaliseApps(documentOf(app), contextIn(folder));
  expect(apps[0]).toMatchObject({ execMode: 'cluster', interpreter: 'node', interpreterPath: NODE });
  expect(apps[0]?.nodeArgs[0]).toBe(flag);
  expect(warnings).toEqual([]);
});

test('env_file: what the caller and env set wins; an object is its pairs; a missing file is a warning', () => {
  const folder = folderWith({ 'app.js': '', '.env': 'A=file\nB=file\nC=file' });
  const read = (env_file: unknown) =>
    normaliseApps(
      documentOf({ script: 'app.js', env_file, env: { B: 'env' } }),
      contextIn(folder, { env: { PATH: '/bin', A: 'caller' } }),
    );
  expect(read('.env').apps[0]?.env).toMatchObject({ A: 'caller', B: 'env', C: 'file' });
  expect(read({ A: 'object', D: 1 }).apps[0]?.env).toMatchObject({ A: 'caller', D: '1' });
  expect(read('.env.local').warnings).toEqual([expect.stringContaining('there is no')]);
});

const CALLER = {
  PATH: '/bin',
  KEY: 'k',
  MONKEY: 'm',
  PM_HOME: '/h',
  PM_TOKEN: 't',
  PM_WORKER_PRELOAD: '1',
  NODE_CHANNEL_FD: '3',
};

test.each([
  [{}, { PATH: '/bin', KEY: 'k', MONKEY: 'm', PM_HOME: '/h', PM_TOKEN: 't' }],
  [{ filter_env: 'KEY' }, { PATH: '/bin', MONKEY: 'm', PM_HOME: '/h', PM_TOKEN: 't' }],
  [{ filter_env: ['KEY', 'PATH'] }, { MONKEY: 'm', PM_HOME: '/h', PM_TOKEN: 't' }],
  [{ filter_env: true }, {}],
  [
    { filter_env: true, env: { A: 1, B: true, C: { d: [1] }, D: 'x' } },
    { A: '1', B: 'true', C: '{"d":[1]}', D: 'x' },
  ],
  [{ filter_env: ['PATH', 'MONKEY', 'PM_HOME', 'PM_TOKEN'], env: { KEY: null } }, {}],
  [{ filter_env: true, env: { PORT: 1 }, port: '3000' }, { PORT: '3000' }],
  [
    { filter_env: true, env: { A: 'a', B: 'b' }, env_test: { B: 'c' } },
    { A: 'a', B: 'c' },
  ],
  [{ filter_env: true, env: { A: 'a' }, env_prod: { A: 'b' } }, { A: 'a' }],
])('with %p the app gets %p', (attributes, env) => {
  const { spec } = specOf(
    { script: 'app.js', env_test: {}, ...attributes },
    { env: CALLER, envName: 'test' },
  );
  expect(spec.env).toEqual(env);
});

test('the names that the user set are known, their values stay in env', () => {
  const { spec } = specOf(
    { script: 'app.js', env: { A: 1, GONE: null }, env_x: { B: 2 }, port: 80 },
    { envName: 'x' },
  );
  expect(spec.envNames).toEqual(['A', 'B', 'PORT']);
});

test('append_env_to_name makes another app of each environment', () => {
  const app = { script: 'app.js', append_env_to_name: true, env_staging: {} };
  expect(specOf(app, { envName: 'staging' }).spec.name).toBe('app-staging');
  expect(specOf(app).spec.name).toBe('app');
});

test('paths count from the app’s cwd, and that from the caller’s', () => {
  const { spec, folder } = specOf({
    script: 'other.test.js',
    cwd: 'sub',
    out_file: 'o.log',
    error_file: '~/e.log',
    log_file: true,
    pid_file: '/p',
  });
  expect(spec).toMatchObject({
    name: 'other.test',
    cwd: join(folder, 'sub'),
    script: join(folder, 'sub/other.test.js'),
    outFile: join(folder, 'sub/o.log'),
    errorFile: '/home/me/e.log',
    logFile: true,
    pidFile: '/p',
  });
});

test.each(['NULL', '/dev/null'])('the log path %s means nowhere', (path) => {
  expect(specOf({ script: 'app.js', out_file: path }).spec.outFile).toBe('/dev/null');
});

test.each([
  [{ uid: 'web' }, { uid: 1001, gid: 1002, username: 'web', env: { HOME: '/home/web' } }],
  [{ user: '1001' }, { uid: 1001, gid: 1002, username: 'web' }],
  [
    { uid: 'web', gid: 'www' },
    { uid: 1001, gid: 33 },
  ],
  [{ uid: 4242 }, { uid: 4242, username: '4242' }],
  [
    { uid: 'web', env: { HOME: '/srv' }, username: 'shown' },
    { username: 'shown', env: { HOME: '/srv' } },
  ],
])('%p runs as %p', (attributes, expected) => {
  expect(specOf({ script: 'app.js', ...attributes }).spec).toMatchObject(expected);
});

test.each([{ uid: 'nobody-here' }, { gid: 'no-group' }])('%p is not known', async (attributes) => {
  expect(await failureOf(() => specOf({ script: 'app.js', ...attributes }))).toMatchObject({
    code: 'USER_NOT_FOUND',
  });
});

test('attributes without effect are named, unless they are off or at their default', () => {
  const off = { watch: false, vizion: false, pmx: false, cron_restart: 0, time: false, log_type: 'raw' };
  expect(specOf({ script: 'app.js', ...off }).spec).toMatchObject({ withoutEffect: [], watch: false });
  expect(specOf({ script: 'app.js', cron_restart: 0 }).spec).not.toHaveProperty('cronRestart');
  const on = { postUpdate: ['npm ci'], v8: true, maxMemoryRestart: '1G' };
  expect(specOf({ script: 'app.js', ...on }).spec.withoutEffect).toEqual(['post_update', 'v8']);
});

test('the command line goes before the file, in any spelling', () => {
  const cliOptions = {
    output: 'cli.log',
    killTimeout: '5s',
    args: ['-p', '1'],
    watchDelay: '4',
    nodeArgs: '--inspect',
  };
  const { spec, folder } = specOf(
    { script: 'app.js', out_file: 'file.log', kill_timeout: 1, args: 'x', watch_delay: 7 },
    { cliOptions },
  );
  expect(spec).toMatchObject({
    outFile: join(folder, 'cli.log'),
    killTimeoutMs: 5000,
    args: ['-p', '1'],
    watchDelayMs: 4000,
    nodeArgs: ['--inspect'],
  });
});

test('the word null on the command line leaves what the file says', () => {
  expect(
    specOf({ script: 'app.js', node_args: '--a' }, { cliOptions: { nodeArgs: 'null' } }).spec.nodeArgs,
  ).toEqual(['--a']);
});

const TWO = documentOf({ name: 'a', script: 'app.js' }, { name: 'b', script: 'gone.js' });

test('--only takes the named apps, whatever is wrong with the scripts of others', () => {
  const context = contextIn(folderWith(FILES), { only: ['a', 'c'] });
  const { apps, warnings } = normaliseApps(TWO, context);
  expect(apps.map(({ name }) => name)).toEqual(['a']);
  expect(warnings).toEqual(['--only c: there is no such app in /x/ecosystem.config.js']);
});

test('names are known without any script being there', () => {
  expect(appNames(TWO, contextIn(folderWith()))).toEqual(['a', 'b']);
});

test('--name is for one app', async () => {
  const context = contextIn(folderWith(FILES), { cliOptions: { name: 'x' } });
  expect(await failureOf(() => normaliseApps(TWO, context))).toMatchObject({ code: 'BAD_ARGUMENT' });
  expect(normaliseApps(TWO, { ...context, only: ['a'] }).apps[0]?.name).toBe('x');
});

test('an object given by a program has no file', () => {
  const { apps } = normaliseApps(openDocument({ script: 'app.js' }), contextIn(folderWith(FILES)));
  expect(apps[0]).not.toHaveProperty('configFile');
});

test.each([
  [{}, {}],
  [{ maxMemoryRestart: '1G' }, { maxMemoryRestartBytes: 1_073_741_824 }],
  [
    { name: 'new', killTimeout: '2s', autorestart: false },
    { name: 'new', killTimeoutMs: 2000, autorestart: false },
  ],
  [{ args: ['-v'] }, { args: ['-v'] }],
  [{ nodeArgs: 'null' }, { nodeArgs: [] }],
  [{ cronRestart: '0' }, { cronRestart: '0' }],
  [{ killTimeout: 'null' }, { killTimeoutMs: 1600 }],
  [{ instances: '-1' }, { instances: 3, instancesGiven: true }],
  [{ executeCommand: true }, { execMode: 'fork' }],
  [{ interpreter: 'sh' }, { interpreter: 'sh', interpreterPath: '/usr/bin/sh' }],
  [{ interpreter: 'none' }, { interpreter: 'none', interpreterPath: 'none' }],
  [
    { cwd: 'sub', output: 'o.log' },
    { cwd: '/srv/sub', outFile: '/srv/sub/o.log' },
  ],
  [{ uid: 'web' }, { uid: 1001, gid: 1002, username: 'web' }],
])('restart with %p changes %p and nothing else', (cliOptions, patch) => {
  expect(normaliseSpecPatch(contextIn('/srv', { cliOptions }))).toEqual(patch);
});

test.each([
  [{ maxMemoryRestart: 'null', killTimeout: 'null' }, ['maxMemoryRestartBytes']],
  [{ uid: 'null', logDateFormat: 'null' }, ['uid', 'logDateFormat']],
  [{ name: 'null', interpreter: 'null', cwd: 'null', nodeArgs: 'null', instances: 'null' }, []],
  [{ maxMemoryRestart: '1G' }, []],
])('restart with %p takes away %p', (cliOptions, fields) => {
  expect(unsetFields(contextIn('/srv', { cliOptions }))).toEqual(fields);
});
