import type { AppSpec } from '../../model/app-spec';
import { differences } from '../../model/equal';
import type { GenerationFacts } from '../../model/generation';
import type { AppsPlan, AppChange, ChangeKind } from '../../model/plan';
import { shimKindOf } from './placement';
import { shownDifferences } from './plan-differences';

export type PlaceFacts = Pick<GenerationFacts, 'realScript' | 'realCwd' | 'revision'>;

/** An app that is there. */
export interface AppFacts {
  readonly spec: AppSpec;
  readonly place: PlaceFacts;
  /** How many instances it has. */
  readonly instances: number;
  /** How many of them somebody has stopped, or pm has given up. */
  readonly down: number;
  /** Would its workers have to move to another shim for that? */
  readonly moves: boolean;
}

/** One app of the file, with what runs of it. */
export interface Wanted {
  readonly spec: AppSpec;
  readonly place: PlaceFacts;
  readonly known: AppFacts | null;
}

export interface PlanFacts {
  readonly wanted: readonly Wanted[];
  /** Apps that came from this file and are no longer in it. */
  readonly left: readonly AppSpec[];
  readonly prune: boolean;
}

/** What pm remembers of an app and no process of it sees. */
const REMEMBERED: ReadonlySet<string> = new Set<keyof AppSpec>([
  ...(['configFile', 'withoutEffect', 'envNames', 'typedEnv', 'envName', 'argsGiven'] as const),
  ...(['username', 'version', 'force', 'fileBase'] as const),
]);
const COUNTS: ReadonlySet<string> = new Set<keyof AppSpec>(['instances', 'instancesGiven']);

/** What has to be done so that what runs is what is wanted (D17). Changes nothing. */
export function planApply({ wanted, left, prune }: PlanFacts): AppsPlan {
  const names = left.map(({ name }) => name);
  return {
    changes: [
      ...wanted.map(changeOf),
      ...(prune
        ? left.map((spec) => change('delete', spec, 'it came from this file, and is no longer in it'))
        : []),
    ],
    warnings:
      prune || names.length === 0
        ? []
        : [`${names.join(', ')}: came from this file, and no longer in it; --prune deletes it`],
  };
}

function change(
  kind: ChangeKind,
  { name, namespace }: AppSpec,
  why: string | null,
  differences: AppChange['differences'] = [],
): AppChange {
  return { kind, name, namespace, why, differences };
}

function changeOf({ spec: given, place, known }: Wanted): AppChange {
  if (known === null) return change('add', given, 'it is not there');
  const spec = specToBe(known.spec, given);
  const fields = differences(known.spec, spec).filter((field) => !COUNTS.has(field));
  const version = fields.filter((field) => !REMEMBERED.has(field));
  const shown = [...shownDifferences(known.spec, spec, version), ...placeDifferences(known.place, place)];
  const count = spec.instancesGiven ? spec.instances : known.instances;
  const counted = [{ attribute: 'instances', from: known.instances, to: count }].filter(
    ({ from, to }) => from !== to,
  );
  const all = [...shown, ...counted];
  if (shown.length > 0) {
    const gap = whyGap(known, spec);
    return change(gap === null ? 'reload' : 'restart', spec, gap, all);
  }
  if (counted.length > 0) return change('scale', spec, null, all);
  if (known.down > 0) return change('start', spec, `${known.down} of ${known.instances} do not run`);
  if (fields.length > 0) return change('amend', spec, 'only what pm remembers of it differs');
  return change('nothing', spec, null);
}

/** Why a reload cannot do it; null: it can. */
function whyGap({ spec: before, moves }: AppFacts, spec: AppSpec): string | null {
  if (moves || shimKindOf(before) !== shimKindOf(spec))
    return 'its processes move to another shim, and its listeners cannot go with them';
  return shimKindOf(spec) === 'fork'
    ? 'a fork app without hold_listeners cannot be reloaded: its old process ends first'
    : null;
}

/** A place that could not be read, or a folder that no longer says its commit, is no difference. */
function placeDifferences(before: PlaceFacts, now: PlaceFacts): AppChange['differences'] {
  const names = { realScript: 'script (resolved)', realCwd: 'cwd (resolved)', revision: 'commit' } as const;
  return (['realScript', 'realCwd', 'revision'] as const)
    .filter((key) => before[key] !== null && now[key] !== null && before[key] !== now[key])
    .map((key) => ({ attribute: names[key], from: before[key], to: now[key] }));
}

/**
 * The spec with which the app goes on. Of its environment the file decides the variables that it names; the others stay as
 * they are, as with a restart without --update-env, whatever the caller's shell has. Where the attribute that decides what the
 * app takes from the shell has changed (filter_env, the interpreter, the user), the environment is that of a new start.
 */
export function specToBe(before: AppSpec, given: AppSpec): AppSpec {
  const { fileBase: _, ...rest } = given;
  const own = before.fileBase === undefined ? rest : { ...rest, fileBase: before.fileBase };
  const isNewStart = differences(before, given).some((field) =>
    ['filterEnv', 'interpreterPath', 'uid'].includes(field),
  );
  return isNewStart ? own : { ...own, env: environmentToBe(before, given) };
}

function environmentToBe(before: AppSpec, given: AppSpec): Record<string, string> {
  const named = new Set(given.envNames);
  const dropped = new Set(before.envNames.filter((name) => !named.has(name)));
  const kept = Object.entries(before.env).filter(([name]) => !named.has(name) && !dropped.has(name));
  // A variable that the file no longer names is the shell's again.
  const decided = Object.entries(given.env).filter(([name]) => named.has(name) || dropped.has(name));
  return Object.fromEntries([...kept, ...decided]);
}
