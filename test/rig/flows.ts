import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InstanceView } from '../../src/model/instance';
import { killGod } from './gods';
import { app, type TestHome } from './home';
import { freePort } from './http';
import { violations } from './invariants';
import { startLoad, type Load } from './load';
import { until } from './wait';

/*
 * What God, shims and workers do in turn (DESIGN.md, the flows), each as something that a test can let happen and a
 * failpoint can strike in: `<program>:<point>@<flow>=…`.
 */

export interface FlowRun {
  readonly home: TestHome;
  /** Of http-app. */
  readonly port: number;
  /** Runs `pm`; what is allowed to fail is up to the test. */
  pm(...args: string[]): Promise<void>;
}

export interface Flow {
  /** Clients ask all the time while it happens. */
  readonly isLoaded: boolean;
  /** Nothing was started before. */
  readonly isFirst?: true;
  happen(run: FlowRun): Promise<void>;
  /** What is there when all is quiet again. */
  readonly result: readonly string[];
}

const APPS = ['http-app online', 'http-app online', 'server online'];

/** Another worker than that one is online in its place. */
async function untilSucceeded(home: TestHome, { id, pid }: InstanceView): Promise<void> {
  const isAnother = async (): Promise<boolean> => {
    const now = await home.view(id);
    return now.status === 'online' && now.pid !== pid;
  };
  // A shim that could not revive God tries again after five seconds.
  await until('another worker', isAnother, { deadlineMs: 20_000 });
}

const first = async (home: TestHome, name: string): Promise<InstanceView> =>
  (await home.untilAll('online', name))[0]!;

export const FLOWS = {
  start: {
    isLoaded: false,
    isFirst: true,
    happen: async ({ pm }) => {
      await pm('start', app('http-app.js'), '-i', '2');
      await pm('start', app('server.js'));
    },
    result: APPS,
  },
  crash: {
    isLoaded: false,
    happen: async ({ home }) => {
      const both = [await first(home, 'server'), await first(home, 'http-app')];
      for (const { pid } of both) process.kill(pid, 'SIGKILL');
      for (const one of both) await untilSucceeded(home, one);
    },
    result: APPS,
  },
  /** God gone, and while he is away a worker goes as well. */
  adoption: {
    isLoaded: true,
    happen: async ({ home }) => {
      const server = await first(home, 'server');
      const { pid } = await killGod(home);
      process.kill(server.pid, 'SIGKILL');
      await until('the next God', () => ![undefined, pid].includes(home.godPid()), { deadlineMs: 20_000 });
      await untilSucceeded(home, server);
    },
    result: APPS,
  },
  upgrade: {
    isLoaded: true,
    happen: async ({ home, pm }) => {
      const old = home.godPid();
      await pm('update');
      await until('the next God', () => ![undefined, old].includes(home.godPid()), { deadlineMs: 20_000 });
    },
    result: APPS,
  },
  reload: {
    isLoaded: true,
    happen: async ({ pm }) => {
      await pm('reload', 'http-app');
    },
    result: APPS,
  },
  rolling: {
    isLoaded: true,
    happen: async ({ pm }) => {
      await pm('reload', 'http-app', '--mode', 'rolling');
    },
    result: APPS,
  },
  restart: {
    isLoaded: true,
    happen: async ({ pm }) => {
      await pm('restart', 'all');
    },
    result: APPS,
  },
  scale: {
    isLoaded: true,
    happen: async ({ pm }) => {
      await pm('scale', 'http-app', '3');
      await pm('scale', 'http-app', '1');
    },
    result: ['http-app online', 'server online'],
  },
  end: {
    isLoaded: false,
    happen: async ({ pm }) => {
      await pm('stop', 'http-app');
      await pm('delete', 'server');
    },
    result: ['http-app stopped', 'http-app stopped'],
  },
} as const satisfies Record<string, Flow>;

export type FlowName = keyof typeof FLOWS;

/** A port for http-app, and the environment that tells it. */
export async function withPort(): Promise<{ port: number; env: Record<string, string> }> {
  const port = await freePort();
  return { port, env: { PORT: String(port), DELAY_MS: '5' } };
}

/** Lets the flow happen to the apps that it needs, with its failpoints awake; clients ask meanwhile where it says so. */
export async function letHappen(name: FlowName, run: FlowRun): Promise<Load | null> {
  const { home, port } = run;
  const flow: Flow = FLOWS[name];
  if (flow.isFirst !== true) {
    await FLOWS.start.happen(run);
    await untilQuiet(home, FLOWS.start.result);
  }
  const load = flow.isLoaded ? startLoad(home, port, 1) : null;
  await load?.answered(1);
  awake(home, name);
  await flow.happen(run);
  await untilQuiet(home, flow.result);
  return load;
}

/** Waits until what is there is what is expected, and every invariant holds. */
export async function untilQuiet(home: TestHome, expected: readonly string[]): Promise<InstanceView[]> {
  return until(
    'nothing is under way, and all is as it should be',
    async () => {
      const views = await home.list();
      expect(views.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([...expected].sort());
      expect(violations(home, views)).toEqual([]);
      return views;
    },
    { deadlineMs: 20_000 },
  );
}

const failpointsFolder = (home: TestHome): string => home.env['PM_FAILPOINTS_DIR']!;

/** From here on the rules of that phase strike. */
export function awake(home: TestHome, phase: string): void {
  mkdirSync(failpointsFolder(home), { recursive: true });
  writeFileSync(join(failpointsFolder(home), `phase.${phase}`), '');
}

/** How often each point was passed while its rule was awake, up to what the rule counts. */
export function passesOf(home: TestHome): Record<string, number> {
  const folder = failpointsFolder(home);
  const passed: Record<string, number> = {};
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const point = /^(.+)\.\d+$/.exec(name)?.[1];
    if (point !== undefined) passed[point] = (passed[point] ?? 0) + 1;
  }
  return passed;
}
