import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readJsonFile, writeFileAtomic } from '../../../src/home';

describe('files of the home', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/pmf-');
    path = `${dir}/state.json`;
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('are replaced whole, private, and nothing is left beside them', async () => {
    writeFileSync(path, 'old', { mode: 0o644 });
    await writeFileAtomic(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['state.json']);
  });

  test('keep the one before where asked, from the second time on', async () => {
    await writeFileAtomic(path, '1', { keepOld: true });
    expect(readdirSync(dir)).toEqual(['state.json']);
    await writeFileAtomic(path, '2', { keepOld: true });
    await writeFileAtomic(path, '3', { keepOld: true });
    expect([readFileSync(path, 'utf8'), readFileSync(`${path}.bak`, 'utf8')]).toEqual(['3', '2']);
    expect(readdirSync(dir).sort()).toEqual(['state.json', 'state.json.bak']);
  });

  test('written by many at once end as one of what was written, and are never missing meanwhile', async () => {
    await writeFileAtomic(path, 'text 0');
    let writing = true as boolean;
    const reads: Promise<void> = (async () => {
      while (writing) {
        expect(readFileSync(path, 'utf8')).toMatch(/^text \d+$/);
        await new Promise(setImmediate);
      }
    })();
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => writeFileAtomic(path, `text ${n}`, { keepOld: n % 2 === 0 })),
    );
    writing = false;
    await reads;
    expect(readFileSync(path, 'utf8')).toMatch(/^text \d+$/);
    expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('stay as they were when the new one cannot be written', async () => {
    writeFileSync(path, 'old');
    // A folder of the name of the target: rename fails, whoever we are.
    mkdirSync(`${dir}/folder`);
    writeFileSync(`${dir}/folder/x`, '');
    await expect(writeFileAtomic(`${dir}/folder`, 'text')).rejects.toThrow();
    await expect(writeFileAtomic(`${dir}/gone/state.json`, 'text')).rejects.toThrow('ENOENT');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(dir).sort()).toEqual(['folder', 'state.json']);
  });

  const asUser = process.getuid?.() === 0 ? test.skip : test;
  asUser('stay as they were in a folder that is read-only', async () => {
    writeFileSync(path, 'old');
    chmodSync(dir, 0o500);
    await expect(writeFileAtomic(path, 'new')).rejects.toThrow('EACCES');
    chmodSync(dir, 0o700);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  test.each([
    ['{"a":1}', { a: 1 }],
    ['{"a":', undefined],
    ['', undefined],
  ])('readJsonFile of %j', (text, value) => {
    writeFileSync(path, text);
    expect(readJsonFile(path)).toEqual(value);
    expect(readJsonFile(dir)).toBeUndefined();
    expect(readJsonFile(`${path}.none`)).toBeUndefined();
  });
});
