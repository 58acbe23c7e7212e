import { resolve } from 'node:path';
import { cpuCount } from '../../../src/platform';
import { createHome, type TestHome } from '../../rig/home';
import { freePort, get } from '../../rig/http';

const EXAMPLE = resolve(__dirname, '../../../ecosystem.example.js');

describe('the example', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  test('one command prints the table, and every worker answers', async () => {
    const port = await freePort();
    const { stdout } = await home.ok(['start', EXAMPLE], { env: { PORT: String(port) } });
    expect(stdout).toMatch(/│ id │ name .*│ status/);
    expect(stdout.match(/│ online/g)).toHaveLength(cpuCount());

    const bodies: string[] = [];
    for (let n = 0; n < 50; n++) bodies.push((await get({ port })).body);
    const answering = new Set(bodies.map((body) => Number(/pid (\d+)/.exec(body)?.[1])));
    expect([...answering].sort()).toEqual((await home.list()).map(({ pid }) => pid).sort());
  });
});
