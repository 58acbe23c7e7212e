import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceView } from '../../src/model/instance';
import { isAlive, readProcessFacts } from '../../src/platform';
import { processesWith, type FoundProcess } from './census';
import { godsOf } from './gods';
import type { TestHome } from './home';

/** A worker as the kernel knows it, told by the variables that it was born with. */
export interface FoundWorker extends FoundProcess {
  readonly instanceId: number;
  readonly key: string;
  readonly mode: 'fork' | 'cluster';
  readonly parentPid: number;
}

/** Every worker of that home. What workers have started themselves is left out: it has a worker for its parent. */
export const workersOf = (home: TestHome): FoundWorker[] => workersAmong(processesWith(home.path));

function workersAmong(processes: readonly FoundProcess[]): FoundWorker[] {
  const marked = processes.flatMap((one): FoundWorker[] => {
    const variables = variablesOf(one.pid);
    const key = variables.get('PM_WORKER');
    if (key === undefined) return [];
    const mode = variables.get('exec_mode') === 'fork_mode' ? 'fork' : 'cluster';
    const parentPid = readProcessFacts(one.pid)?.parentPid ?? 0;
    return [{ ...one, key, mode, parentPid, instanceId: Number(key.split('.')[0]) }];
  });
  const pids = new Set(marked.map(({ pid }) => pid));
  return marked.filter(({ parentPid }) => !pids.has(parentPid));
}

function variablesOf(pid: number): Map<string, string> {
  try {
    const rows = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return new Map(rows.map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]));
  } catch {
    return new Map();
  }
}

/** One that serves, one that drains, one that is on trial; without shared listeners there is only ever one. */
const MOST_WORKERS = { cluster: 3, fork: 1 } as const;

/** What must hold at every moment: no instance has more workers than it may have while it is renewed. */
export function crowdedInstances(home: TestHome): string[] {
  return [...grouped(workersOf(home))].flatMap(([id, found]) => {
    // They were looked at one after the other: only those count that are there together.
    const workers = found.filter(isAlive);
    const mode = workers[0]?.mode ?? 'cluster';
    if (workers.length <= MOST_WORKERS[mode]) return [];
    return [
      `instance ${id} (${mode}) has workers ${workers.map(({ key, pid }) => `${key} (${pid})`).join(', ')}`,
    ];
  });
}

function grouped(workers: readonly FoundWorker[]): Map<number, FoundWorker[]> {
  const groups = new Map<number, FoundWorker[]>();
  for (const worker of workers)
    groups.set(worker.instanceId, [...(groups.get(worker.instanceId) ?? []), worker]);
  return groups;
}

/** Some ten looks at each step; one costs about 10 ms. */
const LOOK_EVERY_MS = 100;

/** Looks at every moment, until it is asked what it has seen. */
export function watchCrowds(home: TestHome): () => Promise<string[]> {
  const seen = new Set<string>();
  const stopping = new AbortController();
  home.atEnd(() => stopping.abort());
  const watching = (async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const crowd of crowdedInstances(home)) seen.add(crowd);
      await delay(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    stopping.abort();
    await watching;
    return [...seen];
  };
}

/** What must hold when nothing is under way, and no command either. Every line is a violation. */
export function violations(home: TestHome, views: readonly InstanceView[]): string[] {
  const processes = processesWith(home.path);
  const workers = workersAmong(processes);
  const gods = godsOf(home);
  const shims = processes.filter(({ commandLine }) => /^PM shim|\/shim\/main\.js/.test(commandLine));
  const known = home.shims().map(({ process }) => process.pid);
  return [
    ...(gods.length === 1 ? [] : [`${gods.length} Gods: ${gods.map(({ pid }) => pid).join(', ')}`]),
    ...shims.filter(({ pid }) => !known.includes(pid)).map(({ pid }) => `shim ${pid} has no record`),
    ...known
      .filter((pid) => !shims.some((shim) => shim.pid === pid))
      .map((pid) => `record of a dead shim ${pid}`),
    ...views.flatMap((view) => wrongWorkers(view, workers)),
    ...workers
      .filter(({ instanceId }) => !views.some(({ id }) => id === instanceId))
      .map(({ key, pid }) => `worker ${key} (${pid}) belongs to nobody`),
    ...strangersAmong(processes, [...gods, ...shims, ...workers]),
    ...[...known, ...gods.map(({ pid }) => pid)].flatMap(zombiesOf),
    ...leftFiles(home, views),
  ];
}

function wrongWorkers({ id, name, pid, status }: InstanceView, workers: readonly FoundWorker[]): string[] {
  const own = workers.filter(({ instanceId }) => instanceId === id).map((worker) => worker.pid);
  const wanted = status === 'online' || status === 'launching' ? [pid] : [];
  return own.length === wanted.length && own.every((one) => wanted.includes(one))
    ? []
    : [`${name}#${id} is ${status} with pid ${pid}, but has the workers ${own.join(', ') || 'none'}`];
}

/** What is neither ours nor was started by an app. */
function strangersAmong(processes: readonly FoundProcess[], known: readonly FoundProcess[]): string[] {
  const pids = new Set(known.map(({ pid }) => pid));
  const isOfApp = ({ pid }: FoundProcess): boolean => variablesOf(pid).has('PM_WORKER');
  return processes
    .filter((one) => !pids.has(one.pid) && !isOfApp(one) && isAlive(one))
    .map(({ pid, commandLine }) => `nobody knows ${pid} ${commandLine}`);
}

const zombiesOf = (parent: number): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcessFacts(Number(name)) ?? [])
    .filter(({ parentPid, state }) => parentPid === parent && state === 'Z')
    .map(({ pid }) => `zombie ${pid} of ${parent}`);

/** Temporary files, and pid files of workers that are not there. */
function leftFiles(home: TestHome, views: readonly InstanceView[]): string[] {
  const names = readdirSync(home.path, { recursive: true, encoding: 'utf8' });
  const pidFiles = names.filter((name) => /^pids\/.+-\d+\.pid$/.test(name)).sort();
  const online = views.filter(({ status }) => status === 'online');
  const wanted = online.map(({ name, id }) => `pids/${name}-${id}.pid`).sort();
  return [
    ...names.filter((name) => /\.tmp$|\.steal$|\.dead$/.test(name)).map((name) => `left: ${name}`),
    ...(String(pidFiles) === String(wanted)
      ? []
      : [`pid files ${pidFiles.join(' ')}, not ${wanted.join(' ')}`]),
  ];
}
