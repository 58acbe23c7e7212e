import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { bootId, identify, isAlive } from '../../../src/platform';
import type { GodState } from '../../../src/god/store/records';
import { killGod } from '../../rig/gods';
import { app, createHome, type TestHome } from '../../rig/home';
import { until } from '../../rig/wait';

describe('a file that names a living stranger', () => {
  let home: TestHome;
  let stranger: ChildProcess;
  beforeEach(() => {
    home = createHome();
    // It dies of the first signal that it gets.
    stranger = spawn('sleep', ['1000'], { stdio: 'ignore' });
  });
  afterEach(async () => {
    const isUntouched = stranger.signalCode === null && stranger.exitCode === null;
    stranger.kill('SIGKILL');
    await home.dispose();
    expect(isUntouched).toBe(true);
  });

  const identity = () => identify(stranger.pid!)!;

  /** Ends God and its shim, so that only the files are left to tell. */
  async function endAll(): Promise<void> {
    const [shim] = home.shims();
    const { pid } = await home.view(0);
    const worker = identify(pid)!;
    process.kill(home.godPid()!, 'SIGSTOP');
    if (shim !== undefined) process.kill(shim.process.pid, 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await killGod(home);
    await until('its worker is dead', () => !isAlive(worker));
  }

  const change = (edit: (state: GodState) => void): void => {
    const state = JSON.parse(readFileSync(home.stateFile, 'utf8')) as GodState;
    edit(state);
    writeFileSync(home.stateFile, JSON.stringify(state));
  };

  test.each([
    ['by its pid and start', () => identity()],
    ['by its pid only (it was reused)', () => ({ ...identity(), startTicks: 1 })],
  ])('state.json, %s: the stranger is left alone, the app is started again', async (_title, forged) => {
    await home.ok(['start', app('server.js')]);
    await endAll();
    change(({ apps }) => {
      const [instance] = apps[0]!.instances;
      const [known] = instance!.processes;
      instance!.processes = [{ ...known!, process: forged() }];
    });
    await home.untilAll('online');
    await home.ok(['restart', 'server']);
    await home.ok(['delete', 'server']);
  });

  test('state.json from before a reboot: its pids mean nothing', async () => {
    await home.ok(['start', app('server.js')]);
    await endAll();
    change((state) => {
      const [instance] = state.apps[0]!.instances;
      instance!.processes = [{ ...instance!.processes[0]!, process: identity() }];
      (state as { bootId: string }).bootId = 'another boot';
    });
    await home.untilAll('online');
    expect((await home.view(0)).exits).toEqual([]);
  });

  test('the record of a shim, with its true start: nobody answers there, so its apps wait, and it is never signalled', async () => {
    await home.ok(['start', app('server.js')]);
    await endAll();
    const dir = `${home.shimsDir}/fork`;
    mkdirSync(dir, { recursive: true });
    const record = {
      id: 'fork',
      kind: 'fork',
      protocol: 1,
      version: '0',
      process: identity(),
      bootId: bootId(),
    };
    writeFileSync(`${dir}/json`, JSON.stringify(record));
    expect(await home.view(0)).toMatchObject({
      status: 'launching',
      reason: `its shim (pid ${stranger.pid}) does not answer`,
    });
    stranger.kill('SIGKILL');
    await home.untilAll('online');
    stranger = spawn('sleep', ['1000'], { stdio: 'ignore' });
  });
});
