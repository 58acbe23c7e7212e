import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followFiles, readTail, type LogFollower } from '../../../src/logs/reader';

describe('following a file', () => {
  let folder: string;
  let path: string;
  let follower: LogFollower;
  const lines: string[] = [];
  let onLine: () => void = () => undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pm-follow-'));
    path = join(folder, 'app.log');
    lines.length = 0;
    follower = followFiles(
      (_path, line) => {
        lines.push(line);
        onLine();
      },
      (_path, error) => {
        throw error;
      },
    );
  });

  afterEach(async () => {
    await follower.close();
    await rm(folder, { recursive: true });
  });

  const until = (count: number): Promise<void> =>
    new Promise((resolve) => {
      onLine = () => {
        if (lines.length >= count) resolve();
      };
      onLine();
    });

  async function followFromEnd(content: string): Promise<void> {
    await writeFile(path, content);
    follower.add(path, (await readTail(path, 0)).position);
  }

  test('shows what is appended, and nothing of what was there', async () => {
    await followFromEnd('old\n');
    await appendFile(path, 'one\ntwo\n');
    await until(2);
    expect(lines).toEqual(['one', 'two']);
  });

  test('waits for the end of a line, and for the whole of a letter', async () => {
    await followFromEnd('');
    const letter = Buffer.from('é');
    await appendFile(path, Buffer.concat([Buffer.from('caf'), letter.subarray(0, 1)]));
    await appendFile(path, Buffer.concat([letter.subarray(1), Buffer.from('\n')]));
    await until(1);
    expect(lines).toEqual(['café']);
  });

  test('shows a prompt that stays unfinished', async () => {
    await followFromEnd('');
    await appendFile(path, 'name? ');
    await until(1);
    expect(lines).toEqual(['name? ']);
  });

  test('goes on after a truncation', async () => {
    await followFromEnd('a long line that is there\n');
    await truncate(path);
    await appendFile(path, 'new\n');
    await until(1);
    expect(lines).toEqual(['new']);
  });

  test('goes on in the new file after a rotation, and loses nothing of the old', async () => {
    await followFromEnd('old\n');
    await appendFile(path, 'last\n');
    await rename(path, `${path}.1`);
    await appendFile(`${path}.1`, 'really last\n');
    await until(2);
    await writeFile(path, 'first\n');
    await until(3);
    expect(lines).toEqual(['last', 'really last', 'first']);
  });

  test('finds a file that comes later', async () => {
    follower.add(path, (await readTail(path, 5)).position);
    await writeFile(path, 'hello\n');
    await until(1);
    expect(lines).toEqual(['hello']);
  });

  test('adds a file once', async () => {
    await followFromEnd('');
    follower.add(path, { inode: 0, bytes: 0, rotation: '' });
    await appendFile(path, 'one\n');
    await until(1);
    expect(lines).toEqual(['one']);
  });
});
