import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  findRotated,
  followFiles,
  makeLineReader,
  readHistory,
  type LogFollower,
} from '../../../src/logs/reader';
import { rotatedAmong, rotatedByLog, rotatedName } from '../../../src/logs/rotated';
import { until } from '../../rig/wait';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync('/tmp/pm-history-');
  path = join(folder, 'app-out.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const rotate = (count: number): string => {
  const name = rotatedName(path, '2026-01-31_03-05-07', count);
  renameSync(path, name);
  return name;
};
const history = async (lines: number, sinceMs: number | null = null) => {
  const rotated = (await findRotated([path])).get(path) ?? [];
  const read = makeLineReader(null);
  return readHistory(path, { lines, sinceMs }, rotated, (line) => read(line).atMs);
};

describe('names of rotated files', () => {
  test("are pm2-logrotate's, and sort by age also within a second", () => {
    const names = [0, 1, 2, 10].map((count) => rotatedName('/l/app-out.log', '2026-01-31_03-05-07', count));
    expect(names[0]).toBe('/l/app-out__2026-01-31_03-05-07.log');
    const files = [...names, '/l/app-out__2026-01-30_00-00-00.log.gz'].reverse().map((name) => name.slice(3));
    expect(rotatedAmong('/l/app-out.log', files).map(({ path: name }) => name)).toEqual([
      '/l/app-out__2026-01-30_00-00-00.log.gz',
      ...names,
    ]);
  });

  test('of other logs, and others, are left alone', () => {
    const names = [
      'app-out.log',
      'app-out-2__2026-01-31_03-05-07.log',
      'app-out__x.log',
      'b__2026-01-31_03-05-07.txt',
    ];
    expect(rotatedAmong('/l/app-out.log', names)).toEqual([]);
    expect([...rotatedByLog('/l', names).keys()]).toEqual(['/l/app-out-2.log', '/l/b.txt']);
  });

  test('of a log without an extension are found too', () => {
    const names = ['out__2026-01-31_03-05-07', 'out__2026-01-31_03-05-08.gz'];
    expect(
      rotatedByLog('/l', names)
        .get('/l/out')
        ?.map(({ isCompressed }) => isCompressed),
    ).toEqual([false, true]);
  });

  test('one that is there plain and compressed counts once', () => {
    const names = ['a__2026-01-31_03-05-07.log', 'a__2026-01-31_03-05-07.log.gz'];
    expect(rotatedAmong('/l/a.log', names)).toMatchObject([{ isCompressed: true }]);
  });
});

describe('the last lines of a log', () => {
  test('go on in what was rotated away, compressed or not', async () => {
    writeFileSync(path, '1\n2\n');
    const first = rotate(0);
    writeFileSync(`${first}.gz`, gzipSync('1\n2\n'));
    rmSync(first);
    writeFileSync(path, '3\n4\n');
    rotate(1);
    writeFileSync(path, '5\n');
    expect((await history(2)).lines).toEqual(['4', '5']);
    expect((await history(4)).lines).toEqual(['2', '3', '4', '5']);
    expect((await history(9)).lines).toEqual(['1', '2', '3', '4', '5']);
  });

  test('since a moment are those with a younger stamp, and what follows them', async () => {
    writeFileSync(path, '2026-01-01T00:00:01Z old\n2026-01-01T00:00:02Z edge\n');
    rotate(0);
    writeFileSync(path, ' at x\n2026-01-01T00:00:03Z new\n');
    const { lines } = await history(1, Date.parse('2026-01-01T00:00:02Z'));
    expect(lines).toEqual(['2026-01-01T00:00:02Z edge', ' at x', '2026-01-01T00:00:03Z new']);
  });

  test('since a moment of a file without stamps are the last ones, if it has changed since', async () => {
    writeFileSync(path, 'a\nb\n');
    expect((await history(1, Date.now() - 60_000)).lines).toEqual(['b']);
    expect((await history(1, Date.now() + 60_000)).lines).toEqual([]);
  });
});

describe('following a log', () => {
  let follower: LogFollower;
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    follower = followFiles(
      (_, line) => lines.push(line),
      (_, error) => {
        throw error;
      },
    );
  });
  afterEach(() => follower.close());

  test('that is rotated faster than anybody can look shows every line once, in order', async () => {
    writeFileSync(path, '0\n');
    follower.add(path, (await history(0)).position);
    for (let n = 1; n <= 300; n++) {
      appendFileSync(path, `${n}\n`);
      if (n % 3 === 0) {
        rotate(n);
        writeFileSync(path, '');
      }
    }
    await until('all is shown', () => lines.length >= 300);
    expect(lines).toEqual(Array.from({ length: 300 }, (_, at) => `${at + 1}`));
  });

  test('that was rotated between the tail and the first look loses nothing', async () => {
    writeFileSync(path, 'seen\n');
    const { position } = await history(1);
    appendFileSync(path, 'one\n');
    rotate(0);
    writeFileSync(path, 'two\n');
    rotate(1);
    writeFileSync(path, 'three\n');
    follower.add(path, position);
    await until('all is shown', () => lines.length === 3);
    expect(lines).toEqual(['one', 'two', 'three']);
  });
});
