import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { homeAt, type Home } from '../../src/home/paths';
import type { InstanceStatus, InstanceView, ProcessIdentity } from '../../src/model/instance';
import type { ShimRecord } from '../../src/protocol/shim';
import { isRunning, killAll, processesWith } from './census';
import { remainsIn, textOf, unwantedIn } from './cleanliness';
import { PM_WITH_FAILPOINTS, runPm, type RunOptions, type RunResult } from './run';
import { until } from './wait';

/** The folder of the puppet and the small apps. */
export const APPS = resolve(__dirname, '../fixtures/apps');
export const app = (name: string): string => join(APPS, name);

/** God takes its socket and lock away right after it has answered `pm kill`, a stopped app's grandchildren before. */
const GONE_DEADLINE_MS = 3000;

/** A PM_HOME of one test's own, with a folder to work in. {@link TestHome.dispose} ends it, and proves that it was clean. */
export interface TestHome extends Home {
  /** Where `pm` runs unless told otherwise: empty, beside the home. */
  readonly cwd: string;
  /** What `pm` is given as environment: nothing of the test runner's own. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs `pm`. */
  pm(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Runs `pm` and throws, with all that it said, unless it ends with 0. */
  ok(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** `pm list --json`, by id. */
  list(): Promise<InstanceView[]>;
  /** The one instance with that id. */
  view(id: number): Promise<InstanceView>;
  /** Waits until every instance (of that name) has the status, and there is at least one. */
  untilAll(status: InstanceStatus, name?: string): Promise<InstanceView[]>;
  /** Writes a file into {@link cwd}; the path is absolute. */
  write(name: string, text: string, mode?: number): string;
  /** The pid in pm.pid; undefined without one. */
  godPid(): number | undefined;
  /** The shims that have written their record. */
  shims(): ShimRecord[];
  /** pm.log as it is now. */
  log(): string;
  /** A process that the test has started or seen, which must be gone in the end too. */
  remember(process: ProcessIdentity): void;
  /** The test provokes this on purpose: it does not count as unclean. */
  tolerate(pattern: RegExp): void;
  /** Called first when the home ends, also after a failure. */
  atEnd(end: () => void): void;
  /** `pm kill`, then: no process, socket, lock or shim folder is left, and nobody has warned or thrown. Removes all. */
  dispose(): Promise<void>;
}

export interface HomeOptions {
  /** Rules for the crash rig (src/platform/failpoint.ts); with them the build that has failpoints is run. */
  readonly failpoints?: string;
}

/** Short, because the path of a socket may have 107 bytes only. */
export function createHome({ failpoints }: HomeOptions = {}): TestHome {
  const root = mkdtempSync('/tmp/pmt-');
  const home = homeAt(join(root, 'h'));
  const cwd = join(root, 'w');
  mkdirSync(cwd);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: root,
    USER: process.env['USER'] ?? 'tester',
    LANG: 'C.UTF-8',
    PM_HOME: home.path,
    ...(failpoints === undefined ? {} : { PM_FAILPOINTS: failpoints, PM_FAILPOINTS_DIR: join(root, 'f') }),
  };
  const problems: string[] = [];
  const tolerated: RegExp[] = [];
  const remembered: ProcessIdentity[] = [];
  const ends: (() => void)[] = [];

  const pm: TestHome['pm'] = async (args, options = {}) => {
    const result = await runPm(args, {
      cwd: options.cwd ?? cwd,
      env: { ...env, ...options.env },
      ...(failpoints === undefined ? {} : { program: PM_WITH_FAILPOINTS }),
      ...(options.input === undefined ? {} : { input: options.input }),
    });
    problems.push(...unwantedIn(result.stderr, `stderr of pm ${args.join(' ')}`));
    return result;
  };
  const ok: TestHome['ok'] = async (args, options) => {
    const result = await pm(args, options);
    if (result.code === 0) return result;
    throw new Error(`pm ${args.join(' ')} ended with ${result.code}:\n${result.stdout}\n${result.stderr}`);
  };
  const list = async (): Promise<InstanceView[]> => {
    const { stdout } = await ok(['list', '--json']);
    return (JSON.parse(stdout) as InstanceView[]).sort((a, b) => a.id - b.id);
  };

  return {
    ...home,
    cwd,
    env,
    pm,
    ok,
    list,
    view: async (id) => {
      const view = (await list()).find((one) => one.id === id);
      if (view === undefined) throw new Error(`no instance with id ${id}`);
      return view;
    },
    untilAll: (status, name) =>
      until(`every instance${name === undefined ? '' : ` of ${name}`} is ${status}`, async () => {
        const views = (await list()).filter((view) => name === undefined || view.name === name);
        const others = views.filter((view) => view.status !== status);
        if (views.length > 0 && others.length === 0) return views;
        throw new Error(
          views.map(({ id, status: is, reason }) => `${id} ${is} (${reason})`).join(', ') || 'none',
        );
      }),
    write: (name, text, mode) => {
      const path = join(cwd, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      if (mode !== undefined) chmodSync(path, mode);
      return path;
    },
    godPid: () => Number(textOf(home.pidFile)) || undefined,
    shims: () => shimsOf(home),
    log: () => textOf(home.logFile),
    remember: (one) => remembered.push(one),
    tolerate: (pattern) => tolerated.push(pattern),
    atEnd: (end) => ends.push(end),
    dispose: async () => {
      for (const end of ends) end();
      try {
        problems.push(...(await endAll(home, root, pm, remembered)));
        problems.push(...unwantedIn(textOf(home.logFile), 'pm.log'));
        problems.push(...remainsIn(home).map((name) => `left in the home: ${name}`));
        const serious = problems.filter((problem) => !tolerated.some((pattern) => pattern.test(problem)));
        if (serious.length > 0)
          throw new Error(`${serious.join('\n')}\npm.log:\n${textOf(home.logFile).slice(-4000)}`);
      } finally {
        killAll([...processesWith(root), ...remembered]);
        rmSync(root, { recursive: true, force: true });
      }
    },
  };
}

function shimsOf(home: Home): ShimRecord[] {
  return remainsIn(home)
    .filter((name) => /^shims\/[^/]+$/.test(name))
    .flatMap((name) => {
      const text = textOf(home.path, name, 'json');
      return text === '' ? [] : [JSON.parse(text) as ShimRecord];
    });
}

/** `pm kill`, and whoever has not gone soon after. */
async function endAll(
  home: Home,
  root: string,
  pm: TestHome['pm'],
  remembered: readonly ProcessIdentity[],
): Promise<string[]> {
  const problems: string[] = [];
  const { code, stderr } = await pm(['kill']);
  if (code !== 0) problems.push(`pm kill ended with ${code}: ${stderr}`);
  const isGone = (): boolean =>
    processesWith(root).length === 0 &&
    remembered.every(({ pid }) => !isRunning(pid)) &&
    remainsIn(home).length === 0;
  await until('everything is gone', isGone, { deadlineMs: GONE_DEADLINE_MS }).catch(() => undefined);
  for (const { pid, commandLine } of processesWith(root))
    problems.push(`still running: ${pid} ${commandLine}`);
  return problems;
}
