import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTail } from '../../../src/logs/reader';

describe('the last lines of a file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pm-tail-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each<[title: string, content: string, count: number, lines: string[]]>([
    ['of an empty file', '', 5, []],
    ['are all when there are fewer', 'a\nb\n', 5, ['a', 'b']],
    ['are the last ones', 'a\nb\nc\n', 2, ['b', 'c']],
    ['are none for 0', 'a\nb\n', 0, []],
    ['count a line that is not finished', 'a\nb\nc', 2, ['b', 'c']],
    ['count empty lines', 'a\n\n\n', 2, ['', '']],
    ['lose the carriage return', 'a\r\nb\r\n', 2, ['a', 'b']],
    [
      'are whole letters at the border of two blocks',
      `${'é'.repeat(40_000)}\nß\n`,
      2,
      ['é'.repeat(40_000), 'ß'],
    ],
    [
      'are found behind many blocks',
      `first\n${'x'.repeat(200_000)}\nlast\n`,
      3,
      ['first', 'x'.repeat(200_000), 'last'],
    ],
  ])('%s', async (_title, content, count, lines) => {
    const path = join(folder, 'log');
    await writeFile(path, content);
    const tail = await readTail(path, count);
    expect(tail.lines).toEqual(lines);
    expect(tail.position).toMatchObject({
      inode: (await stat(path)).ino,
      bytes: Buffer.byteLength(content),
    });
  });

  test('a gigabyte without a break is cut, not read', async () => {
    const path = join(folder, 'long');
    await writeFile(path, Buffer.alloc(20 * 1024 * 1024, 'x'));
    const { lines } = await readTail(path, 3);
    expect(lines).toHaveLength(1);
    expect(lines[0]!.length).toBeLessThan(10 * 1024 * 1024);
  });

  test('a file that is not there has none, and all of it is new', async () => {
    expect(await readTail(join(folder, 'nosuch'), 3)).toMatchObject({
      lines: [],
      position: { inode: 0, bytes: 0 },
    });
  });

  test('what cannot be read is an error', async () => {
    await expect(readTail(folder, 3)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
