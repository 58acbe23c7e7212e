import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import type { InstanceView } from '../../src/model/instance';
import { readProcessFacts } from '../../src/platform';
import { processesWith } from './census';
import { godsOf } from './gods';
import type { TestHome } from './home';

/** A worker as the kernel knows it, told by the variables that it was born with. */
export interface FoundWorker {
  readonly pid: number;
  readonly instanceId: number;
  readonly key: string;
}

/** Every worker of that home. What workers have started themselves is left out: it has a worker for its parent. */
export function workersOf(home: TestHome): FoundWorker[] {
  const marked = processesWith(home.path).flatMap(({ pid }): FoundWorker[] => {
    const key = variableOf(pid, 'PM_WORKER');
    return key === undefined ? [] : [{ pid, key, instanceId: Number(key.split('.')[0]) }];
  });
  const pids = new Set(marked.map(({ pid }) => pid));
  return marked.filter(({ pid }) => !pids.has(readProcessFacts(pid)?.parentPid ?? 0));
}

function variableOf(pid: number, name: string): string | undefined {
  try {
    const rows = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return rows.find((row) => row.startsWith(`${name}=`))?.slice(name.length + 1);
  } catch {
    return undefined;
  }
}

/** What must hold at every moment: no instance has more than one worker and, while it is renewed, one more. */
export function crowdedInstances(home: TestHome): string[] {
  const byInstance = grouped(workersOf(home));
  return [...byInstance].flatMap(([id, workers]) =>
    // One that serves, one that drains, one that is on trial.
    workers.length > 3
      ? [`instance ${id} has workers ${workers.map(({ key, pid }) => `${key} (${pid})`).join(', ')}`]
      : [],
  );
}

function grouped(workers: readonly FoundWorker[]): Map<number, FoundWorker[]> {
  const groups = new Map<number, FoundWorker[]>();
  for (const worker of workers)
    groups.set(worker.instanceId, [...(groups.get(worker.instanceId) ?? []), worker]);
  return groups;
}

/** What must hold when nothing is under way. Every line is a violation. */
export function violations(home: TestHome, views: readonly InstanceView[]): string[] {
  const workers = workersOf(home);
  const gods = godsOf(home);
  const shims = processesWith(home.path).filter(({ commandLine }) =>
    /^PM shim|\/shim\/main\.js/.test(commandLine),
  );
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
    ...[...known, ...gods.map(({ pid }) => pid)].flatMap(zombiesOf),
  ];
}

function wrongWorkers({ id, name, pid, status }: InstanceView, workers: readonly FoundWorker[]): string[] {
  const own = workers.filter(({ instanceId }) => instanceId === id).map((worker) => worker.pid);
  const wanted = status === 'online' || status === 'launching' ? [pid] : [];
  return own.length === wanted.length && own.every((one) => wanted.includes(one))
    ? []
    : [`${name}#${id} is ${status} with pid ${pid}, but has the workers ${own.join(', ') || 'none'}`];
}

const zombiesOf = (parent: number): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcessFacts(Number(name)) ?? [])
    .filter(({ parentPid, state }) => parentPid === parent && state === 'Z')
    .map(({ pid }) => `zombie ${pid} of ${parent}`);

/** How many descriptors a process has open, by kind; leaks show as growth. */
export function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) !== '';
      } catch {
        return false;
      }
    }).length;
  } catch {
    return 0;
  }
}
