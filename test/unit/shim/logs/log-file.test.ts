import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { PassThrough } from 'node:stream';
import type { LogOverflow, LogRotation } from '../../../../src/protocol/shim';
import { ByteQueue } from '../../../../src/shim/logs/byte-queue';
import { makeFormatter } from '../../../../src/shim/logs/formats';
import { LogFile } from '../../../../src/shim/logs/log-file';
import { LogSource } from '../../../../src/shim/logs/log-source';
import { generations } from '../../../rig/logs';
import { until } from '../../../rig/wait';

const nobody = { onPressure: (): void => undefined };

describe('a log file', () => {
  let dir: string;
  let path: string;
  let unused: number;
  const open = (at = path, rotation: LogRotation | null = null): LogFile => {
    const file = new LogFile(at, rotation, null, () => unused++);
    file.attach(nobody);
    return file;
  };
  const written = (): string => readFileSync(path, 'utf8');
  const openFiles = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((fd) => {
      const { stdout } = spawnSync('readlink', [`/proc/${process.pid}/fd/${fd}`], { encoding: 'utf8' });
      return stdout.startsWith(dir) ? [stdout.trim()] : [];
    });

  beforeEach(() => {
    dir = mkdtempSync('/tmp/pmg-');
    path = `${dir}/logs/app.log`;
    unused = 0;
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test('is there at once, private, in a folder that is made for it', () => {
    const file = open();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${dir}/logs`).mode & 0o777).toBe(0o700);
    file.detach(nobody);
    expect(openFiles()).toEqual([]);
    expect(unused).toBe(1);
  });

  test('takes every byte in order, also more pieces than one write may have', async () => {
    const file = open();
    for (let n = 0; n < 5000; n++) file.write(Buffer.from(`line ${n}\n`));
    file.detach(nobody);
    await until('all is written', () => unused === 1);
    expect(written()).toBe(Array.from({ length: 5000 }, (_, n) => `line ${n}\n`).join(''));
    expect(openFiles()).toEqual([]);
  });

  test('that was moved away goes on in a new one when asked to, and loses nothing', async () => {
    const file = open();
    file.write(Buffer.from('one\n'));
    await until('it is written', () => written() === 'one\n');
    renameSync(path, `${path}.1`);
    file.write(Buffer.from('two\n'));
    file.ask('reopen');
    file.write(Buffer.from('three\n'));
    await until(
      'it is written',
      () => readdirSync(`${dir}/logs`).includes('app.log') && written().endsWith('three\n'),
    );
    expect(readFileSync(`${path}.1`, 'utf8') + written()).toBe('one\ntwo\nthree\n');
    file.detach(nobody);
    // The one that was moved away is closed behind the back of whoever writes.
    await until('every file is closed', () => openFiles().length === 0);
  });

  test('whose folder is gone waits for it', async () => {
    writeFileSync(`${dir}/logs`, 'in the way');
    const file = open();
    file.write(Buffer.from('patience\n'));
    rmSync(`${dir}/logs`);
    mkdirSync(`${dir}/logs`);
    await until('it is written', () => written() === 'patience\n');
    file.detach(nobody);
  });

  test('rotates at the ends of lines, each file within its limit', async () => {
    const file = open(path, { maxBytes: 1000, keep: 100, maxAgeMs: null, compress: false });
    const text = Array.from({ length: 200 }, (_, n) => `line ${n} ${'x'.repeat(n % 50)}\n`).join('');
    // Cut without regard to lines.
    for (let at = 0; at < text.length; at += 37) file.write(Buffer.from(text.slice(at, at + 37)));
    file.detach(nobody);
    // Some dozens of renames, each of which waits for a busy disk.
    await until('all is written', () => unused === 1, { deadlineMs: 40_000 });
    const files = generations(path);
    expect(files.join('')).toBe(text);
    expect(files.length).toBeGreaterThan(5);
    for (const one of files) expect(one.length).toBeLessThan(1000 + 60);
    for (const one of files.slice(0, -1)) expect(one.endsWith('\n')).toBe(true);
  });

  test('that may not be rotated goes on growing', async () => {
    const file = open('/dev/null', { maxBytes: 10, keep: 1, maxAgeMs: null, compress: false });
    for (let n = 0; n < 100; n++) file.write(Buffer.from('0123456789\n'));
    file.detach(nobody);
    await until('all is written', () => unused === 1);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  const withMount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/mnt']).status === 0;
  if (withMount) spawnSync('umount', ['/mnt']);

  /** A stream into a file on a disk of 64 KB, most of which something else has taken. */
  async function onFullDisk(overflow: LogOverflow): Promise<{ said: string; log: string; wasHeld: boolean }> {
    mkdirSync(`${dir}/disk`);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', `${dir}/disk`]).status).toBe(0);
    try {
      writeFileSync(`${dir}/disk/ballast`, Buffer.alloc(44 * 1024));
      path = `${dir}/disk/app.log`;
      const stream = new PassThrough({ highWaterMark: 64 * 1024 });
      const file = new LogFile(path, null, null, () => unused++);
      const source = new LogSource(stream, [file], makeFormatter(undefined, 'out'), overflow);
      let taken = 0;
      stream.on('data', (chunk: Buffer) => {
        taken += chunk.length;
        source.take(chunk);
      });
      const said = Array.from({ length: 30_000 }, (_, n) => `line ${n} ${'x'.repeat(90)}\n`).join('');
      for (let at = 0; at < said.length; at += 32_768) stream.write(said.slice(at, at + 32_768));
      const isHeld = (): boolean => stream.isPaused() && taken < said.length;
      if (overflow === 'block') await until('it is held back', isHeld);
      else await until('nobody waits', () => taken === said.length);
      const wasHeld = isHeld();
      rmSync(`${dir}/disk/ballast`);
      expect(spawnSync('mount', ['-o', 'remount,size=16m', `${dir}/disk`]).status).toBe(0);
      // The mark comes by itself, as soon as there is room.
      if (overflow !== 'block')
        await until('the gap is marked', () => written().includes('were dropped here'));
      stream.end('after\n');
      await until('the rest is written', () => unused === 1);
      return { said: `${said}after\n`, log: written(), wasHeld };
    } finally {
      spawnSync('umount', ['-l', `${dir}/disk`]);
    }
  }
  const onMount = withMount ? test : test.skip;

  onMount('on a full disk with `block` holds its writer back, and loses nothing', async () => {
    const { said, log, wasHeld } = await onFullDisk('block');
    expect(wasHeld).toBe(true);
    expect(log).toBe(said);
  });

  onMount.each(['auto', 'drop'] as const)(
    'on a full disk with `%s` lets its writer go on, and counts every byte that is not there',
    async (overflow) => {
      const { said, log } = await onFullDisk(overflow);
      const marks = log.match(/^\[pm\] \d+ bytes of output were dropped here.*$/gm) ?? [];
      expect(marks).toHaveLength(1);
      const bytes = Number(/\d+/.exec(marks[0]!)![0]);
      expect(marks[0]).toMatch(overflow === 'auto' ? /: ENOSPC/ : /: (ENOSPC|the disk did not keep up)/);
      expect(bytes).toBeGreaterThan(0);
      const kept = log.replace(`${marks[0]!}\n`, '');
      // The mark may stand on a line of its own in the middle of one.
      const extra = kept.length + bytes - said.length;
      expect([0, 1]).toContain(extra);
      expect(kept.endsWith('after\n')).toBe(true);
    },
  );
});

describe('a queue of bytes', () => {
  const queueOf = (...texts: string[]): ByteQueue => {
    const queue = new ByteQueue();
    for (const text of texts) queue.push(Buffer.from(text));
    return queue;
  };
  const head = (queue: ByteQueue, room: number): unknown => {
    const { buffers, endsFile } = queue.head(room);
    return [buffers.map(String).join('|'), endsFile];
  };

  test('gives all while there is room', () => {
    expect(head(queueOf('ab\n', 'cd'), 100)).toEqual(['ab\n|cd', false]);
  });
  test('gives up to the first line end at or behind the limit', () => {
    expect(head(queueOf('a\nb\nc\n'), 3)).toEqual(['a\nb\n', true]);
    expect(head(queueOf('a\nb\nc\n'), 4)).toEqual(['a\nb\n', true]);
    expect(head(queueOf('a', 'b', 'c\nd'), 1)).toEqual(['a|b|c\n', true]);
    expect(head(queueOf('a\nb\n'), -5)).toEqual(['a\n', true]);
  });
  test('gives all of a line that does not end', () => {
    expect(head(queueOf('abcdef', 'ghi'), 3)).toEqual(['abcdef|ghi', false]);
  });
  test('forgets what was written, also within a buffer', () => {
    const queue = queueOf('abc', 'def');
    queue.drop(4);
    expect(queue.bytes).toBe(2);
    expect(head(queue, 100)).toEqual(['ef', false]);
  });
});
