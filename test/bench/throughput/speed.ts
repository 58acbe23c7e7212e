import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpuTimeOf, cpuTimeOfProcess } from '../support/cpu-time';
import { median, tableOf } from '../support/table';
import type { Contender } from './contenders';
import type { LoadOrder, LoadResult } from './load-main';

const MEASURE_MS = 2500;
const WARM_UP_MS = 1000;

/** Of one contender in one round. */
interface Sample extends LoadResult {
  /** What one request costs all processes of the contender: the CPU tells where a busy machine's clock does not. */
  readonly cpuUs: number;
  /** What it costs the client, which is the same for all. */
  readonly clientCpuUs: number;
}

/** With a new connection for each request, and on kept connections. */
interface Samples {
  readonly connections: Sample[];
  readonly requests: Sample[];
}
export type SamplesByName = ReadonlyMap<string, Samples>;

/** Each round gives every contender the same time, in another order. */
export async function takeTurns(
  contenders: readonly Contender[],
  load: ChildProcess,
  { rounds, clients }: { readonly rounds: number; readonly clients: number },
): Promise<SamplesByName> {
  const samples = new Map<string, Samples>(
    contenders.map(({ name }) => [name, { connections: [], requests: [] }]),
  );
  for (let round = -1; round < rounds; round++) {
    for (const contender of rotated(contenders, round + 1)) {
      const ms = round < 0 ? WARM_UP_MS : MEASURE_MS;
      const connections = await measure(contender, load, { isClosing: true, clients, ms });
      const requests = await measure(contender, load, { isClosing: false, clients, ms });
      if (round < 0) continue;
      samples.get(contender.name)?.connections.push(connections);
      samples.get(contender.name)?.requests.push(requests);
    }
  }
  return samples;
}

async function measure(
  { port, tag }: Contender,
  load: ChildProcess,
  order: Omit<LoadOrder, 'port'>,
): Promise<Sample> {
  const times = (): [number, number] => [cpuTimeOf(tag), cpuTimeOfProcess(load.pid!)];
  const before = times();
  load.send({ ...order, port } satisfies LoadOrder);
  const [result] = (await once(load, 'message')) as [LoadResult];
  const [cpuUs, clientCpuUs] = times().map((ms, at) => ((ms - before[at]!) * 1000) / result.count);
  return { ...result, cpuUs: cpuUs!, clientCpuUs: clientCpuUs! };
}

const rotated = <T>(list: readonly T[], by: number): T[] =>
  list.map((_, at) => list[(at + by) % list.length]!);

/** One row per contender; ratios to that one. */
export function speedTable(what: keyof Samples, samples: SamplesByName, against: string): string {
  const middle = (name: string, value: (sample: Sample) => number): number =>
    median(samples.get(name)![what].map(value));
  const rows = [...samples.keys()].map((name) => [
    name,
    middle(name, ({ perSecond }) => perSecond).toFixed(0),
    ratioOf(samples, what, name, against).toFixed(2),
    `${middle(name, ({ p50Ms }) => p50Ms).toFixed(1)} ms`,
    `${middle(name, ({ p99Ms }) => p99Ms).toFixed(1)} ms`,
    `${middle(name, ({ cpuUs }) => cpuUs).toFixed(0)} µs`,
    `${middle(name, ({ clientCpuUs }) => clientCpuUs).toFixed(0)} µs`,
  ]);
  return tableOf([[what, '/s', 'ratio', 'p50', 'p99', 'CPU each', "client's"], ...rows]);
}

/** Round by round, because what else the machine does changes between them. */
export function ratioOf(samples: SamplesByName, what: keyof Samples, one: string, other: string): number {
  const others = samples.get(other)![what];
  return median(samples.get(one)![what].map(({ perSecond }, round) => perSecond / others[round]!.perSecond));
}

/**
 * The same by CPU time, client included: what the ratio is where the CPUs have nothing else to do. It hardly depends on
 * what else the machine does.
 */
export function cpuRatioOf(samples: SamplesByName, what: keyof Samples, one: string, other: string): number {
  const cost = (name: string): number =>
    median(samples.get(name)![what].map(({ cpuUs, clientCpuUs }) => cpuUs + clientCpuUs));
  return cost(other) / cost(one);
}

/** Requests that got no answer. */
export function errorsOf(samples: SamplesByName, name: string): number {
  const { connections, requests } = samples.get(name)!;
  return [...connections, ...requests].reduce((sum, { errors }) => sum + errors, 0);
}
