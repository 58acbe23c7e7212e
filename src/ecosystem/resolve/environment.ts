import type { GivenEnvironment, GivenVariable } from '../attributes/readers';
import { FACT_VARIABLES } from '../../model/variables';
import type { NormaliseContext } from './context';

/**
 * What must not pass from the caller to an app: marks of the process that the caller itself is. They matter when pm is
 * called from an app of pm, or from a shell below one: the app would take itself for that worker.
 */
const MARKS_OF_CALLER = new Set([
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID',
  'PM_GOD_NODE',
  'PM_READY_FD',
  'PM_WORKER_PRELOAD',
]);

/**
 * The caller's variables that an app gets. `filter`: true leaves nothing, a list leaves out exactly these names.
 * (PM2 takes the list as substrings, so `KEY` removes `MONKEY`; and filters nothing at all in cluster mode.)
 */
export function callerEnvironment(env: NormaliseContext['env'], filter: unknown): Record<string, string> {
  if (filter === true) return {};
  const left = new Set(Array.isArray(filter) ? filter.map(String) : []);
  // A variable called `name` or `version` is anybody's; in a worker, ours or PM2's, it is what the manager has put there.
  const isInWorker = env['unique_id'] !== undefined && env['pm_id'] !== undefined;
  const ofWorker = (name: string): boolean =>
    isInWorker &&
    (FACT_VARIABLES.has(name) || name === env['instance_var'] || /^PM_WORKER|^axm_|^pm2_env$/.test(name));
  const passes = (name: string): boolean => !left.has(name) && !MARKS_OF_CALLER.has(name) && !ofWorker(name);
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && passes(entry[0]),
    ),
  );
}

type Variable = NonNullable<GivenVariable>;

/** What an app gets: text. */
export const asText = (variables: Readonly<Record<string, Variable>>): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));

/** Those that were given as numbers and booleans: PM2's record shows them as such. */
export const typedOnes = (variables: Readonly<Record<string, Variable>>): Record<string, number | boolean> =>
  Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, number | boolean] => typeof entry[1] !== 'string',
    ),
  );

/** Later ones win; null takes a variable away. */
export function mergeEnvironments(...layers: readonly GivenEnvironment[]): Record<string, Variable> {
  const merged = new Map<string, Variable>();
  for (const [name, value] of layers.flatMap((layer) => Object.entries(layer))) {
    if (value === null) merged.delete(name);
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}
