import type { AppSpec } from '../../model/app-spec';
import { sameValue } from '../../model/equal';
import { MAX_KEPT_GENERATIONS, type Generation, type GenerationFacts } from '../../model/generation';
import type { AppRecord } from './records';

type Generations = Pick<AppRecord, 'spec' | 'generation' | 'others' | 'rollout'>;

/** The generation of that number; undefined: it is not kept any more. */
export function generationOf(app: Generations, number: number): Generation | undefined {
  if (app.generation.number === number) return { ...app.generation, spec: app.spec, failure: null };
  const { rollout, others } = app;
  if (rollout?.next?.number === number) return rollout.next;
  return others.find((other) => other.number === number);
}

/** One that is not kept any more is the app as it is now. */
export const specOfGeneration = (app: Generations, number: number): AppSpec =>
  generationOf(app, number)?.spec ?? app.spec;

/** The number that the next generation of the app gets. */
export const nextNumber = ({ generation, others, rollout }: Generations): number =>
  1 + Math.max(generation.number, rollout?.next?.number ?? 0, ...others.map(({ number }) => number));

/** Would it be another version of the app than that one? */
export const isSameVersion = (one: Generation, other: Generation): boolean =>
  one.realScript === other.realScript &&
  one.realCwd === other.realCwd &&
  one.revision === other.revision &&
  sameValue(withoutCount(one.spec), withoutCount(other.spec));

/** How many instances there are is no matter of the version. */
const withoutCount = ({ instances: _i, instancesGiven: _g, ...spec }: AppSpec): Partial<AppSpec> => spec;

/**
 * The records with `next` as the app's own generation.
 *
 * @param inUse numbers of generations that instances still run; these are kept whatever their age
 */
export function succeeded(
  app: Generations,
  next: Generation,
  inUse: ReadonlySet<number>,
): Pick<AppRecord, 'spec' | 'generation' | 'others'> {
  const { spec, failure: _failure, ...generation } = next;
  const before: Generation = { ...app.generation, spec: app.spec, failure: null };
  const others = [...app.others.filter(({ number }) => number !== next.number), before];
  return { spec, generation, others: kept(others, inUse) };
}

/** The list with one that has failed, so that `pm history` can tell of it. */
export const withFailed = (app: Generations, failed: Generation, inUse: ReadonlySet<number>): Generation[] =>
  kept([...app.others.filter(({ number }) => number !== failed.number), failed], inUse);

function kept(generations: readonly Generation[], inUse: ReadonlySet<number>): Generation[] {
  const sorted = [...generations].sort((a, b) => a.number - b.number);
  const newest = new Set(sorted.slice(-MAX_KEPT_GENERATIONS));
  return sorted.filter((one) => newest.has(one) || inUse.has(one.number));
}

/** What is known of an app that was added before generations were counted. */
export const firstGeneration = (spec: AppSpec, createdAtMs: number): GenerationFacts => ({
  number: 1,
  createdAtMs,
  by: null,
  origin: 'before generations were counted',
  revision: null,
  realScript: spec.script,
  realCwd: spec.cwd,
});
