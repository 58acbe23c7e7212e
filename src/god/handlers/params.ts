import { pmError } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
import { MOST_INSTANCES } from '../../model/instance-count';
import { RELOAD_MODES, type ReloadMode } from '../../model/reload-mode';
import type { SpecPatch, Targets } from '../../protocol/control';
import {
  asParams,
  checkAppSpec,
  checkSpecPatch,
  checkUnset,
  isTextList,
  isTextRecord,
  type JsonObject,
} from '../../protocol/guards';

/** @throws PmError PROTOCOL */
export function targetsOf(params: JsonObject): Targets {
  const { within, ...targets } = asParams(params['targets']);
  return {
    ...textListsOf(targets, ['selectors', 'names', 'folders']),
    ...(within === undefined ? {} : { within: textListsOf(asParams(within), ['namespaces', 'names']) }),
  };
}

/** @throws PmError PROTOCOL */
function textListsOf<K extends string>(given: JsonObject, keys: readonly K[]): Partial<Record<K, string[]>> {
  const lists: Partial<Record<K, string[]>> = {};
  for (const key of keys) {
    const list = given[key];
    if (list === undefined) continue;
    if (!isTextList(list)) throw pmError('PROTOCOL', { why: 'parameter targets is of another type' });
    lists[key] = [...list];
  }
  return lists;
}

export interface SpecChange {
  readonly patch: SpecPatch;
  readonly unset: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** @throws PmError PROTOCOL */
export function specChangeOf({ patch, unset, env }: JsonObject): SpecChange {
  if (env !== undefined && !isTextRecord(env))
    throw pmError('PROTOCOL', { why: 'parameter env is of another type' });
  return {
    patch: patch === undefined ? {} : checkSpecPatch(patch),
    unset: unset === undefined ? [] : checkUnset(unset),
    env: env ?? {},
  };
}

/** How many at a time; undefined: by the usual rule. @throws PmError PROTOCOL */
export function parallelOf({ parallel }: JsonObject): number | undefined {
  if (parallel === undefined || (Number.isSafeInteger(parallel) && (parallel as number) >= 1))
    return parallel as number | undefined;
  throw pmError('PROTOCOL', { why: 'parameter parallel is no number of at least 1' });
}

/** @throws PmError PROTOCOL, TOO_MANY_INSTANCES */
export function appsOf({ apps }: JsonObject): AppSpec[] {
  if (!Array.isArray(apps)) throw pmError('PROTOCOL', { why: 'parameter apps is no list' });
  const specs = apps.map(checkAppSpec);
  for (const { name, instances } of specs)
    if (instances > MOST_INSTANCES)
      throw pmError('TOO_MANY_INSTANCES', { name, count: instances, most: MOST_INSTANCES, isUsual: false });
  return specs;
}

/** One of the words that the contract knows. @throws PmError PROTOCOL */
export function wordOf<W extends string>(params: JsonObject, name: string, words: readonly W[]): W {
  const word = words.find((one) => one === params[name]);
  if (word === undefined)
    throw pmError('PROTOCOL', { why: `parameter ${name} is none of ${words.join(', ')}` });
  return word;
}

/** @throws PmError PROTOCOL */
export const modeOf = (params: JsonObject): ReloadMode =>
  params['mode'] === undefined ? 'auto' : wordOf(params, 'mode', RELOAD_MODES);
