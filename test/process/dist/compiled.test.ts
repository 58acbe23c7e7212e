import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { join, resolve } from 'node:path';
import { compiledName, splitCompiled } from '../../../src/cli/compiled';

const root = resolve(__dirname, '../../..');
const inDist = join('dist/cli', compiledName());

describe('the compiled main', () => {
  // Of its own: what is broken here must not be what other tests run.
  let copy: string;
  let whole: Buffer;
  beforeAll(() => {
    copy = mkdtempSync('/tmp/pmt-');
    for (const name of ['bin', 'dist', 'package.json']) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(copy, 'bin/pm'), join(copy, 'pm'));
    whole = readFileSync(join(root, inDist));
  });
  afterAll(() => {
    rmSync(copy, { recursive: true });
  });

  const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string })
    .version;
  const pm = (nodeOptions: readonly string[] = []) => {
    const args = [...nodeOptions, join(copy, 'pm'), '--version'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: {} });
    return { status, stdout, stderr };
  };

  test('is of this build, and V8 takes it', () => {
    const { source, cachedData } = splitCompiled(whole);
    expect(source).toBe(Module.wrap(readFileSync(join(root, 'dist/cli/main.js'), 'utf8')));
    const file = join(copy, 'cached');
    writeFileSync(file, cachedData);
    // Not in this process: jest's workers may have V8 flags of their own, and V8 takes nothing that was made with others.
    const look = `const { readFileSync } = require('node:fs');
      const source = require('node:module').wrap(readFileSync(${JSON.stringify(join(root, 'dist/cli/main.js'))}, 'utf8'));
      const script = new (require('node:vm').Script)(source, { cachedData: readFileSync(${JSON.stringify(file)}) });
      console.log(script.cachedDataRejected);`;
    const { stdout } = spawnSync(process.execPath, ['-e', look], { encoding: 'utf8', env: {} });
    expect(stdout).toBe('false\n');
  });

  const withFile = (content: Buffer | null): void => {
    if (content === null) rmSync(join(copy, inDist));
    else writeFileSync(join(copy, inDist), content);
  };
  test.each([
    ['whole', () => whole],
    ['empty', () => Buffer.alloc(0)],
    ['cut off in the source', () => whole.subarray(0, 1000)],
    [
      'cut off behind the source',
      () => whole.subarray(0, whole.length - splitCompiled(whole).cachedData.length),
    ],
    ['cut off in the code', () => whole.subarray(0, whole.length - 1000)],
    ['with a length that is none', () => Buffer.concat([Buffer.alloc(4, 0xff), whole.subarray(4)])],
    [
      'of another V8',
      () =>
        Buffer.concat([whole.subarray(0, -splitCompiled(whole).cachedData.length), Buffer.alloc(5000, 7)]),
    ],
    ['missing', () => null],
  ])('%s: pm runs', (_, content) => {
    withFile(content());
    expect(pm()).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('pm runs under flags that V8 compiles differently for', () => {
    withFile(whole);
    expect(pm(['--no-lazy', '--max-old-space-size=64'])).toEqual({
      status: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });
});
