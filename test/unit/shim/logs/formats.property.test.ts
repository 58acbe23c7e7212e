import { PassThrough } from 'node:stream';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFormatter } from '../../../../src/shim/logs/formats';
import { LineCutter } from '../../../../src/shim/logs/line-cutter';
import { createLogFiles } from '../../../../src/shim/logs/log-files';
import { LogSource } from '../../../../src/shim/logs/log-source';
import type { LogFormat } from '../../../../src/protocol/shim';

/** A generator whose whole sequence follows from its seed, so that a failure can be repeated (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const WORDS = [
  'plain',
  'é',
  '漢字',
  '😀',
  '"quoted"',
  'back\\slash',
  '\ttab',
  '\u001b[31mred\u001b[0m',
  '\r',
  '',
  ' ',
  '\u2028',
  '\u0000',
];

/** Lines of odd text, sometimes with bytes that are no UTF-8, perhaps without an end at the end. */
function sampleOutput(random: () => number): Buffer {
  const parts: Buffer[] = [];
  for (let line = Math.floor(random() * 12); line >= 0; line--) {
    for (let word = Math.floor(random() * 5); word > 0; word--) {
      parts.push(Buffer.from(WORDS[Math.floor(random() * WORDS.length)]!));
      if (random() < 0.05) parts.push(Buffer.from([0xff, 0xc3, 0x28].slice(Math.floor(random() * 3))));
    }
    if (line > 0 || random() < 0.5) parts.push(Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}

function cutAnywhere(bytes: Buffer, random: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + 1 + Math.floor(random() * (random() < 0.5 ? 3 : 40)));
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

const linesOf = (bytes: Buffer): Buffer[] => {
  const lines: Buffer[] = [];
  let at = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, at)) {
    lines.push(bytes.subarray(at, end));
    at = end + 1;
  }
  if (at < bytes.length) lines.push(bytes.subarray(at));
  return lines;
};

const FORMAT = { appName: 'a "b"', instanceId: 3 };
const RUNS = 400;

describe('output that is cut at random bytes', () => {
  test('comes out of a time stamp as it went in, with one stamp before each line', () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = seeded(seed);
      const output = sampleOutput(random);
      const formatter = makeFormatter({ kind: 'stamp', pattern: '[<stamp>]', ...FORMAT }, 'out');
      const written = Buffer.concat(
        cutAnywhere(output, random).map((chunk) => formatter.format(chunk, 0, false)),
      );
      const prefix = Buffer.from('<stamp>: ');
      const expected = linesOf(output).map((line) => Buffer.concat([prefix, line]));
      expect({ seed, lines: linesOf(written) }).toEqual({ seed, lines: expected });
      expect(written.at(-1)).toBe(output.at(-1));
    }
  });

  test('comes out of JSON as one record a line, each with the text of its line', () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = seeded(seed);
      const output = sampleOutput(random);
      const formatter = makeFormatter({ kind: 'json', pattern: '', ...FORMAT }, 'err');
      const cutter = new LineCutter();
      const written: Buffer[] = [];
      for (const chunk of cutAnywhere(output, random)) {
        const lines = cutter.push(chunk);
        if (lines !== null) written.push(formatter.format(lines, 1000, false));
        // A prompt was waited for long enough.
        const piece = random() < 0.1 ? cutter.takePiece() : null;
        if (piece !== null) written.push(formatter.format(piece, 1000, false));
      }
      const rest = cutter.takeRest();
      if (rest.length > 0) written.push(formatter.format(rest, 1000, true));
      const records = linesOf(Buffer.concat(written)).map(
        (line) => JSON.parse(line.toString()) as Record<string, unknown>,
      );
      for (const record of records) {
        expect(record).toMatchObject({
          timestamp: '1970-01-01T00:00:01.000Z',
          type: 'err',
          process_id: 3,
          app_name: 'a "b"',
        });
      }
      expect({ seed, texts: joined(records) }).toEqual({
        seed,
        texts: linesOf(output).map((line) => line.toString()),
      });
    }
  });

  test('comes out of a whole-line cutter byte for byte', () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = seeded(seed);
      const output = sampleOutput(random);
      const cutter = new LineCutter();
      const written = cutAnywhere(output, random).flatMap((chunk) => cutter.push(chunk) ?? []);
      for (const lines of written) expect(lines.at(-1)).toBe(10);
      expect(Buffer.concat([...written, cutter.takeRest()])).toEqual(output);
    }
  });
});

/** Texts of records, those that were passed on in pieces put together again. */
function joined(records: readonly Record<string, unknown>[]): string[] {
  const texts: string[] = [];
  let open = '';
  for (const { message, partial } of records) {
    open += message as string;
    if (partial === true) continue;
    texts.push(open);
    open = '';
  }
  return open === '' ? texts : [...texts, open];
}

describe('a stream on its way into files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync('/tmp/pm-source-');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Two streams into one file, each cut at random bytes. */
  async function throughFile(
    format: LogFormat | undefined,
    outputs: readonly Buffer[],
    random: () => number,
  ): Promise<Buffer> {
    const files = createLogFiles();
    const path = join(folder, 'both.log');
    const streams = outputs.map((_, at) => {
      const stream = new PassThrough();
      const source = new LogSource(
        stream,
        [files.open(path, null, null)],
        makeFormatter(format, at === 0 ? 'out' : 'err'),
        'auto',
      );
      stream.on('data', (chunk: Buffer) => source.take(chunk));
      return stream;
    });
    const chunks = outputs.map((output) => cutAnywhere(output, random));
    while (chunks.some(({ length }) => length > 0)) {
      const at = Math.floor(random() * streams.length);
      const chunk = chunks[at]!.shift();
      if (chunk === undefined) continue;
      streams[at]!.write(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const stream of streams) stream.end();
    await files.settled(5000);
    return readFileSync(path);
  }

  test.each([
    ['raw', undefined],
    ['json', { kind: 'json', pattern: '', ...FORMAT }],
  ] as const)('keeps the lines of two streams whole in one file (%s)', async (kind, format) => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const outputs = ['out', 'err'].map((name) =>
        Buffer.from(Array.from({ length: 6 }, (_, n) => `${name} ${n} é漢😀\n`).join('')),
      );
      const written = (await throughFile(format, outputs, random)).toString().trim().split('\n');
      rmSync(join(folder, 'both.log'));
      const lines =
        kind === 'raw' ? written : written.map((line) => (JSON.parse(line) as { message: string }).message);
      for (const [at, name] of ['out', 'err'].entries())
        expect(lines.filter((line) => line.startsWith(name)).join('\n')).toBe(outputs[at]!.toString().trim());
      expect(lines).toHaveLength(12);
    }
  });

  test('of a gigabyte without an end is passed on in pieces', async () => {
    const cutter = new LineCutter();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let passed = 0;
    for (let n = 0; n < 16 * 1024; n++) passed += cutter.push(chunk)?.length ?? 0;
    expect(1024 ** 3 - passed).toBeLessThan(512 * 1024);
    const formatter = makeFormatter({ kind: 'json', pattern: '', ...FORMAT }, 'out');
    expect(JSON.parse(formatter.format(Buffer.from('half'), 0, false).toString())).toMatchObject({
      message: 'half',
      partial: true,
    });
  });
});
