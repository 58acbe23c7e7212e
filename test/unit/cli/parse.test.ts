import { COMMAND_TABLE, commandNames, findCommand } from '../../../src/cli/command-table';
import {
  findCommandWord,
  parseCommandLine,
  refuseUnknownOptions,
  similarCommand,
} from '../../../src/cli/line/parse';
import type { Input } from '../../../src/cli/command';

const isCommand = (word: string): boolean => findCommand(word) !== undefined;

async function parse(name: string, line: string, appArgs?: readonly string[]) {
  const command = await findCommand(name)!.load();
  return parseCommandLine(command, line === '' ? [] : line.split(' '), appArgs);
}

async function inputOf(name: string, line: string, appArgs?: readonly string[]): Promise<Input> {
  const parsed = await parse(name, line, appArgs);
  if (parsed.kind !== 'run') throw new Error(`not run: ${JSON.stringify(parsed)}`);
  return parsed.input;
}

describe('reading a command line', () => {
  test.each([
    ['start app.js', 0],
    ['-i 4 start app.js', 2],
    ['--name x -s start app.js', 3],
    ['--watch start app.js', 1],
    ['--lines 5 logs', 2],
    ['-s', -1],
    ['strat app.js', 0],
  ])('the command of `pm %s` stands at %d', (line, at) => {
    expect(findCommandWord(line.split(' '), isCommand)).toBe(at);
  });

  test.each<[line: string, attributes: Record<string, unknown>]>([
    ['app.js', {}],
    ['app.js -i max --name web', { instances: 'max', name: 'web' }],
    ['app.js -i -1', { instances: '-1' }],
    ['app.js --no-autorestart --no-treekill', { autorestart: false, treekill: false }],
    ['app.js --wait-ready -f', { wait_ready: true, force: true }],
    ['app.js --stop-exit-codes 0 3', { stop_exit_codes: [0, 3] }],
    ['app.js --watch', { watch: true }],
    ['app.js --watch src lib', { watch: ['src', 'lib'] }],
    ['app.js --watch-delay 4', { watch_delay: '4' }],
    ['app.js --filter-env', { filter_env: true }],
    ['app.js --filter-env A --filter-env B', { filter_env: ['A', 'B'] }],
    ['app.js --interpreter-args --inspect', { node_args: '--inspect' }],
    ['app.js -c 0', { cron_restart: '0' }],
    ['app.js -u ada', { uid: 'ada' }],
    [
      'app.js -o out.log -e err.log --max-restarts 5 -k 500',
      { out_file: 'out.log', error_file: 'err.log', max_restarts: '5', kill_timeout: '500' },
    ],
  ])('`pm start %s` gives its attributes', async (line, attributes) => {
    expect(await inputOf('start', line)).toMatchObject({ args: ['app.js'], attributes });
    expect(Object.keys((await inputOf('start', line)).attributes)).toEqual(
      expect.arrayContaining(Object.keys(attributes)),
    );
    expect(Object.keys((await inputOf('start', line)).attributes)).toHaveLength(
      Object.keys(attributes).length,
    );
  });

  test('options of the command come by their names, and what stands behind -- is kept', async () => {
    expect(await inputOf('start', 'a.config.js --env production --only a,b -a', ['-i', '4'])).toEqual({
      args: ['a.config.js'],
      options: { env: 'production', only: 'a,b', updateEnv: true },
      attributes: {},
      appArgs: ['-i', '4'],
    });
  });

  test('a negative number is an argument', async () => {
    expect((await inputOf('scale', 'api -1')).args).toEqual(['api', '-1']);
  });

  test.each([
    ['list', '--foo', "error: unknown option '--foo'"],
    ['start', 'app.js --instanc 4', 'Did you mean --instances?'],
    ['restart', '', "error: missing required argument 'selector'"],
    ['start', 'app.js -i', 'argument missing'],
    ['kill', 'api', "error: too many arguments for 'kill'. Expected 0 arguments but got 1."],
    ['save', 'api', 'error: too many arguments'],
    ['kill', '--namespace x', "option '--namespace' has no effect on `pm kill`; nothing was done"],
    ['kill', '--only api', "option '--only' has no effect"],
    ['save', '--only api', "option '--only' has no effect"],
    ['delete', 'all --uid 1000', "option '--uid' has no effect"],
    ['stop', '/api/ --instances 1', "option '--instances' has no effect"],
    ['flush', '--interpreter python3', "option '--interpreter' has no effect"],
  ])('`pm %s %s` is refused', async (name, line, words) => {
    const parsed = await parse(name, line);
    expect(parsed).toMatchObject({ kind: 'refused', text: expect.stringContaining(words) as string });
  });

  test('an option that the command does not use is a warning', async () => {
    expect(await parse('stop', 'api --kill-timeout 500 -f')).toMatchObject({
      kind: 'run',
      warnings: ['--kill-timeout has no effect on `pm stop`', '--force has no effect on `pm stop`'],
    });
    expect(await parse('stop', 'api -s --no-color')).toMatchObject({ kind: 'run', warnings: [] });
  });

  test.each([
    ['sendSignal', 'SIGUSR2 0 extra', ['SIGUSR2', '0'], 'extra'],
    ['scale', 'api 4 5 6', ['api', '4'], '5 6'],
    ['jlist', 'web', [], 'web'],
  ])('`pm %s %s`: words too many are passed over, and named', async (name, line, args, excess) => {
    expect(await parse(name, line)).toMatchObject({
      kind: 'run',
      input: { args },
      warnings: [`${excess}: more than \`pm ${name}\` takes, passed over`],
    });
  });

  test.each(['stop', 'delete', 'reset', 'logs', 'jlist', 'list', 'describe', 'flush', 'env', 'pid'])(
    'pm %s knows what narrows it',
    async (name) => {
      const words =
        `${name === 'list' || name === 'jlist' ? '' : 'all'} --namespace x --only a,b --name c`.trim();
      expect(await parse(name, words)).toMatchObject({
        kind: 'run',
        input: { options: { namespace: 'x', only: 'a,b', name: 'c' } },
        warnings: [],
      });
    },
  );

  test('pm restart all --namespace x narrows, and --name renames', async () => {
    expect(await inputOf('restart', 'all --namespace x --only a --name b')).toMatchObject({
      options: { namespace: 'x', only: 'a' },
      attributes: { name: 'b' },
    });
  });

  test.each(['-v', '-V', '--version'])('%s anywhere asks for the version', async (flag) => {
    expect(await parse('start', `app.js ${flag}`)).toEqual({ kind: 'version' });
  });

  test('without a command unknown options are refused, known ones are not', () => {
    expect(refuseUnknownOptions(['--foo'])).toContain("unknown option '--foo'");
    expect(refuseUnknownOptions(['-s'])).toBeNull();
  });

  test.each([
    ['strat', 'start'],
    ['lsit', 'list'],
    ['desribe', 'describe'],
    ['qqqqqq', undefined],
  ])('%s is like %s', (word, similar) => {
    expect(similarCommand(word, commandNames())).toBe(similar);
  });

  test.each(COMMAND_TABLE.flatMap(({ rows }) => rows.map((row) => [row.name, row] as const)))(
    'the help of %s has an example of it',
    async (name, row) => {
      const command = await row.load();
      expect(command.name).toBe(name);
      const parsed = await parse(name, '--help');
      expect(parsed).toMatchObject({
        kind: 'help',
        text: expect.stringMatching(new RegExp(`Examples:\\n  \\$ .*pm ${name}`)) as string,
      });
    },
  );
});
