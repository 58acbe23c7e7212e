import { existsSync } from 'node:fs';
import { identify } from '../../../src/platform';
import { isRunning } from '../../rig/census';
import { createHome, type TestHome } from '../../rig/home';
import { ask, freePort, get } from '../../rig/http';
import { violations } from '../../rig/invariants';
import { until } from '../../rig/wait';

describe('the shim of a cluster app is killed', () => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome();
  });
  afterEach(() => home.dispose());

  /** Says who it is; at /slow after a second, and that it has been asked. */
  const server = (): string =>
    home.write(
      'web.js',
      `require('node:http').createServer((request, response) => {
         const slow = request.url === '/slow';
         if (slow) require('node:fs').writeFileSync('asked', '');
         setTimeout(() => response.end(JSON.stringify({ pid: process.pid })), slow ? 1000 : 0);
       }).listen(process.env.PORT)`,
    );

  test.each(['delete', 'kill'])('%s gives them no more time than it gives others', async (verb) => {
    const port = await freePort();
    const hangs = home.write(
      'hangs.js',
      `require('node:http').createServer(() => require('node:fs').writeFileSync('asked', '')).listen(process.env.PORT)`,
    );
    await home.ok(['start', hangs, '-i', '1', '--kill-timeout', '500'], { env: { PORT: String(port) } });
    const { pid } = await home.view(0);
    const hanging = fetch(`http://127.0.0.1:${port}`).catch(() => undefined);
    await until('it is under way', () => existsSync(`${home.cwd}/asked`));
    process.kill(home.shims()[0]!.process.pid, 'SIGKILL');
    await until('God knows', () => /shim c-1 is lost/.test(home.log()));
    const begin = performance.now();
    await home.ok([verb, ...(verb === 'delete' ? ['all'] : [])]);
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(isRunning(pid)).toBe(false);
    await hanging;
  });

  test('its workers finish what they have and go; others follow, and never both answer', async () => {
    const port = await freePort();
    await home.ok(['start', server(), '-i', '2'], { env: { PORT: String(port) } });
    const old = (await home.list()).map(({ pid }) => pid);
    for (const pid of old) home.remember(identify(pid)!);
    const slow = get({ port, path: '/slow' });
    await until('it is under way', () => existsSync(`${home.cwd}/asked`));
    process.kill(home.shims()[0]!.process.pid, 'SIGKILL');
    expect(old).toContain((JSON.parse((await slow).body) as { pid: number }).pid);

    const seen: boolean[] = [];
    await until('only new ones answer', async () => {
      seen.push(old.includes((await ask(port)).pid));
      return seen.filter((isOld) => !isOld).length === 5;
    });
    expect(seen.slice(seen.indexOf(false))).not.toContain(true);
    await until('the old ones have gone', () => !old.some(isRunning));
    const views = await home.untilAll('online');
    expect(views.map(({ exits }) => exits.at(-1)?.cause)).toEqual(['shim lost', 'shim lost']);
    expect(violations(home, views)).toEqual([]);
    expect(home.shims()).toHaveLength(1);
  });
});
