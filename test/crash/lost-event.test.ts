import { readFileSync } from 'node:fs';
import { app, createHome, type TestHome } from '../rig/home';
import { freePort, get } from '../rig/http';
import { until } from '../rig/wait';

/** God acknowledges an event once it is handled; a bug in handling it must not cost the event. */
describe.each([
  ['before anything was done with it', 'god:event.exited=error(BUG)'],
  ['in the middle', 'god:exit.taken=error(BUG)'],
  [
    'and so does the start of the next one',
    'god:exit.taken=error(BUG);god:event.started=1*off->1*error(BUG)',
  ],
])('a bug in the handling of an end, %s', (_when, rule) => {
  let home: TestHome;
  beforeEach(() => {
    home = createHome({ failpoints: rule });
    // It is said loudly.
    home.tolerate(/^pm\.log: a stack trace: /);
  });
  afterEach(() => home.dispose());

  test('loses nothing: the app is started again, and God says that it was a bug', async () => {
    const port = await freePort();
    await home.ok(['start', app('http-app.js'), '--name', 'web'], { env: { PORT: String(port) } });
    const { pid } = await home.view(0);
    process.kill(pid, 'SIGKILL');
    const view = await until('it serves again', async () => {
      const now = await home.view(0);
      return now.status === 'online' && now.pid !== pid && now;
    });
    expect((await get({ port })).status).toBe(200);
    expect(view.pid).not.toBe(pid);
    expect(readFileSync(home.logFile, 'utf8')).toMatch(/bug: event shim-event failed: .*BUG/);
    await home.ok(['stop', 'web']);
    expect(await home.view(0)).toMatchObject({ status: 'stopped', pid: 0 });
  });
});
