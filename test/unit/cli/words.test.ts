import { Option } from 'commander';
import { tellApart } from '../../../src/cli/line/words';

const known = [
  ['-i, --instances <count>'],
  ['-f, --force'],
  ['-s, --silent'],
  ['--watch [paths...]'],
  ['-l, --log [path]'],
  ['--stop-exit-codes <codes...>'],
  ['--ignore-watch <paths...>'],
  ['--node-args <args>'],
].map(([flags]) => new Option(flags!));

const isCommand = (word: string): boolean => word === 'start';

const read = (line: string): { words: string[]; options: readonly string[] } => {
  const tokens = line === '' ? [] : line.split(' ');
  const { positions, options } = tellApart(tokens, known, isCommand);
  return { words: positions.map((at) => tokens[at]!), options };
};

describe('telling options and words apart', () => {
  test.each<[title: string, line: string, words: string[], options: string[]]>([
    ['nothing', '', [], []],
    ['a flag before the word takes nothing', '-f app.js', ['app.js'], ['--force']],
    ['flags may stand together', '-fs app.js', ['app.js'], ['--force', '--silent']],
    ['the last of several may take a value', '-fi 4 app.js', ['app.js'], ['--force', '--instances=4']],
    ['a value may be glued on', '-i4 app.js', ['app.js'], ['--instances=4']],
    ['or follow an equals sign', '-i=4 --log=x app.js', ['app.js'], ['--instances=4', '--log=x']],
    [
      'a needed value may look like an option',
      'app.js --node-args --inspect',
      ['app.js'],
      ['--node-args=--inspect'],
    ],
    ['a needed value may be negative', 'app.js -i -1', ['app.js'], ['--instances=-1']],
    ['a negative number alone is a word', 'api -1', ['api', '-1'], []],
    ['a dash is a word', '- -f', ['-'], ['--force']],
    ['an optional value leaves the only word', '--watch app.js', ['app.js'], ['--watch']],
    [
      '… also when a value of another option follows',
      '--watch app.js -i 2',
      ['app.js'],
      ['--watch', '--instances=2'],
    ],
    ['… and takes it when there is another', '--watch src app.js', ['app.js'], ['--watch=src']],
    ['behind the word it takes the value', 'app.js --log out.log', ['app.js'], ['--log=out.log']],
    [
      '… and a list takes all',
      'app.js --watch src lib -f',
      ['app.js'],
      ['--watch=src', '--watch=lib', '--force'],
    ],
    ['an optional value never takes the command', '--watch start app.js', ['start', 'app.js'], ['--watch']],
    [
      'numbers end at the first other word',
      '--stop-exit-codes 1 2 app.js',
      ['app.js'],
      ['--stop-exit-codes=1', '--stop-exit-codes=2'],
    ],
    [
      'a needed list before the word takes one',
      '--ignore-watch tmp app.js',
      ['app.js'],
      ['--ignore-watch=tmp'],
    ],
    [
      'a needed value that is missing is left for commander to refuse',
      'app.js -i',
      ['app.js'],
      ['--instances'],
    ],
    ['what nobody knows is left as it is', '--foo -z app.js', ['app.js'], ['--foo', '-z']],
  ])('%s', (_title, line, words, options) => {
    expect(read(line)).toEqual({ words, options });
  });
});
