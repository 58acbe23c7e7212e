import { pmError } from '../../errors';
import type { AppSpec } from '../../model/app-spec';
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
  const { selectors, names } = asParams(params['targets']);
  if ((selectors !== undefined && !isTextList(selectors)) || (names !== undefined && !isTextList(names))) {
    throw pmError('PROTOCOL', { why: 'parameter targets is of another type' });
  }
  return { ...(selectors === undefined ? {} : { selectors }), ...(names === undefined ? {} : { names }) };
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

/** @throws PmError PROTOCOL */
export function appsOf({ apps }: JsonObject): AppSpec[] {
  if (!Array.isArray(apps)) throw pmError('PROTOCOL', { why: 'parameter apps is no list' });
  return apps.map(checkAppSpec);
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
