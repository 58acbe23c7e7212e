import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceView } from '../../src/model/instance';
import { godsOf, killGod } from '../rig/gods';
import { app, createHome, type TestHome } from '../rig/home';
import { freePort } from '../rig/http';
import { failed, NONE_FAILED, startLoad } from '../rig/load';
import { seeded } from '../rig/random';
import { until } from '../rig/wait';

const isLong = process.env['PM_TEST_LONG'] === '1';
const KILLS = isLong ? 100 : 6;

/** What a God that comes later must show as it was. Not: figures that move by themselves. */
const lasting = (views: readonly InstanceView[]): unknown =>
  views.map(({ cpuPercent: _cpu, memoryBytes: _memory, ...rest }) => rest);

/** The numbered lines that are not followed by the next number. */
function gapsIn(path: string): string[] {
  const numbers = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.slice('line '.length)));
  expect(numbers.length).toBeGreaterThan(100);
  return numbers.flatMap((n, at) => (n === at + 1 ? [] : [`line ${at + 1} is ${n}`])).slice(0, 3);
}

describe(`${KILLS} kills of God at random moments, under load`, () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  test('cost no request, no line, no process, and change nothing in the list', async () => {
    const random = seeded();
    console.info(`seed ${random.seed}`);
    const port = await freePort();
    await home.ok(['start', app('http-app.js'), '-i', '2'], { env: { PORT: String(port), DELAY_MS: '5' } });
    await home.ok(['start', app('counter.js')]);
    await home.ok(['start', app('idle.js'), '--name', 'silent']);
    await home.ok(['start', app('counter.py'), '--name', 'python']);
    await home.ok(['start', app('server.js'), '--name', 'resting']);
    await home.ok(['stop', 'resting']);
    const before = lasting(await home.list());
    const load = startLoad(home, port, 2);
    await load.answered(1);
    for (let n = 0; n < KILLS; n++) {
      await killGod(home);
      // Some die while they start, some while they adopt, some long after; a few are met by a command at once.
      if (random.below(4) === 0) void home.pm(['list']);
      await delay(random.below(random.below(2) === 0 ? 250 : 1200));
    }
    await until('a God that answers', async () => (await home.list()).length);
    expect(lasting(await home.list())).toEqual(before);
    expect(godsOf(home)).toHaveLength(1);
    expect(failed(await load.stop())).toEqual(NONE_FAILED);
    for (const { name, outLogPath } of await home.list()) {
      if (name === 'counter' || name === 'python') expect([name, gapsIn(outLogPath)]).toEqual([name, []]);
    }
  }, 600_000);
});
