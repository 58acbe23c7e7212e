import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createHome, type TestHome } from '../../rig/home';
import { freePort } from '../../rig/http';
import type { NodeBinary } from '../support/node-binary';
import { openPrograms } from '../support/programs';
import { openControl, type Control } from './control';
import { startLoad, type Load, type LoadReport } from './load';

/** How often each disturbance happens, one kind after another, under all clients. */
export interface LossPlan {
  readonly reloads: number;
  readonly restarts: number;
  readonly scaleSteps: number;
  readonly idleKills: number;
}

export interface LossOptions {
  readonly node: NodeBinary;
  readonly balance: string;
  readonly plan: LossPlan;
  /** Names of client classes. */
  readonly classes: readonly string[];
  /** Told what is going on. */
  readonly onProgress: (what: string) => void;
}

const APP = resolve(__dirname, 'app.js');
const CERTIFICATES = resolve(__dirname, '../../fixtures/apps/handles');
/** Four on two cores: a rollout renews two at a time, so two always serve. */
const INSTANCES = 4;
/** The app's own address space: above and below what it had. */
const SCALE_STEPS = [6, 3, 5, 2, 4];
/** Clients get to work between two disturbances. */
const PAUSE_MS = 300;
/** Four workers take turns, so each lives for more than a second. */
const KILL_EVERY_MS = 350;

/** A real cluster app under the built `pm`, all clients at work, and everything that a rollout does to them. */
export async function runLoss(options: LossOptions): Promise<LoadReport> {
  const home = createHome();
  const programs = openPrograms();
  const control = await openControl(`${home.cwd}/control.sock`);
  try {
    const target = await startApp(home, options);
    const load = await startLoad(programs, options.classes, target);
    await disturb(home, load, control, options);
    return await load.stop();
  } finally {
    await programs.dispose();
    await control.close();
    await home.dispose();
  }
}

async function startApp(
  home: TestHome,
  { node, balance }: LossOptions,
): Promise<Parameters<typeof startLoad>[2]> {
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
  const [httpPort, httpsPort, http2Port, echoPort] = ports;
  const unixPath = `${home.cwd}/app.sock`;
  const env = {
    LOSS_HTTP: httpPort,
    LOSS_HTTPS: httpsPort,
    LOSS_HTTP2: http2Port,
    LOSS_ECHO: echoPort,
    LOSS_UNIX: unixPath,
    LOSS_CONTROL: `${home.cwd}/control.sock`,
    LOSS_KEY: `${CERTIFICATES}/key.pem`,
    LOSS_CERT: `${CERTIFICATES}/cert.pem`,
    LOSS_WS: require.resolve('ws'),
  };
  const app = {
    name: 'loss',
    script: APP,
    instances: INSTANCES,
    interpreter: node.path,
    balance,
    env,
    // A busy machine must not fail a rollout, nor the limits against a crash loop stop the kills: both are ours.
    listen_timeout: 30_000,
    restart_window: 'off',
    min_uptime: 100,
  };
  await home.ok(['start', home.write('loss.json', JSON.stringify({ apps: [app] }))]);
  return { host: '127.0.0.1', httpPort, httpsPort, http2Port, echoPort, unixPath };
}

async function disturb(home: TestHome, load: Load, control: Control, options: LossOptions): Promise<void> {
  const { plan, onProgress } = options;
  const repeat = async (
    count: number,
    what: string,
    once: (n: number) => Promise<unknown>,
  ): Promise<void> => {
    for (let n = 0; n < count; n++) {
      onProgress(`${what} ${n + 1} of ${count}`);
      await once(n);
      await delay(PAUSE_MS);
    }
  };
  await repeat(plan.reloads, 'reload', () => home.ok(['reload', 'loss']));
  await repeat(plan.restarts, 'restart', () => home.ok(['restart', 'loss']));
  await repeat(plan.scaleSteps, 'scale', (n) =>
    home.ok(['scale', 'loss', String(SCALE_STEPS[n % SCALE_STEPS.length])]),
  );
  if (plan.idleKills === 0) return;
  // Last: what a kill has cut is noticed at the next use only.
  await load.calm();
  await load.kills();
  await repeat(plan.idleKills, 'kill', async () => {
    await control.killIdle();
    await delay(KILL_EVERY_MS - PAUSE_MS);
  });
  await home.untilAll('online');
}
