import { pmError } from '../errors';
import { normaliseApps, normaliseSpecPatch, unsetFields, type KnownApp, type PmDocument } from '../ecosystem';
import { callerEnvironment } from '../ecosystem/resolve/environment';
import type { AppSpec } from '../model/app-spec';
import { parseDuration } from '../model/units';
import { pmVariable } from '../model/variables';
import type { OperationStarted, Satan } from '../satan';
import { followSteps, showTableOnFailure } from './acting';
import { normaliseContext } from './apps';
import { isBroad } from '../model/selector';
import { flag, text, type Context, type Input, type View } from './command';
import { reloadModeOf } from './line/reload-options';
import { refuseMany } from './many-instances';
import { tableView } from './table';
import { satanFor, targetsOf } from './targets';

/**
 * One thing that a command line asks for, read and checked. All plans of a line are made before the first is carried
 * out: a mistake in the last word starts nothing.
 */
export interface Plan {
  readonly begin: (satan: Satan) => Promise<OperationStarted>;
  /** Said when it is under way. */
  readonly note?: string;
  /** Said when it has succeeded. */
  readonly done?: (started: OperationStarted) => string[];
}

/** Carries plans out, one after another, then leaves the table; the first failure ends it. */
export async function carryOut(plans: readonly Plan[], input: Input, context: Context): Promise<View> {
  const ids = await carryOutSteps(plans, context, (act) => showTableOnFailure(input, context, act));
  const view = await tableView(input, context);
  if (!flag(input, 'attach')) return view;
  if (view.text !== undefined) context.output.print(view.text);
  await attachTo(ids, context);
  return {};
}

/** `--attach`. */
async function attachTo(ids: readonly number[], context: Context): Promise<void> {
  const { showWhatComes } = await import('./follow-output');
  const { instances } = await (await context.satan()).call('list', {});
  await showWhatComes(
    instances.filter(({ id }) => ids.includes(id)),
    context,
    'labelled',
  );
}

/** The same without a table; gives the ids that it was about. @param guard wraps what may fail halfway */
export async function carryOutSteps(
  plans: readonly Plan[],
  context: Context,
  guard: (act: () => Promise<void>) => Promise<void> = (act) => act(),
): Promise<number[]> {
  const ids: number[] = [];
  for (const plan of plans) {
    const started = await plan.begin(await context.satan());
    if (plan.note !== undefined) context.output.info(plan.note);
    for (const note of started.notes ?? []) context.output.info(note);
    if (started.started.length > 0 && started.restarted.length > 0) {
      context.output.warn(`Applications ${started.started.join(', ')} not running, starting...`);
    }
    const ended: string[] = [];
    await guard(async () => {
      const { instanceIds, warnings } = await followSteps(started, context);
      ids.push(...instanceIds);
      ended.push(...warnings);
    });
    for (const line of plan.done?.(started) ?? []) context.output.info(line);
    warnOfEnds([...started.started, ...started.restarted], ended, context);
  }
  return ids;
}

/** PM2's "launched" is no lie, but not the whole truth of an app that ended before it was online. */
function warnOfEnds(names: readonly string[], ended: readonly string[], { output }: Context): void {
  for (const name of new Set(names)) {
    if (!ended.some((warning) => warning.startsWith(`${name}#`))) continue;
    output.warn(`App [${name}] ended before it was online; \`pm why ${name}\` says why`);
  }
}

/** `--parallel`, else PM_CONCURRENT_ACTIONS. @throws PmError BAD_ARGUMENT */
export function parallelOf(input: Input, { env }: Context): { parallel?: number } {
  const given = text(input, 'parallel') ?? pmVariable(env, 'CONCURRENT_ACTIONS');
  if (given === undefined) return {};
  if (/^[1-9]\d*$/.test(given)) return { parallel: Number(given) };
  throw pmError('BAD_ARGUMENT', {
    message: `--parallel ${given} is not a number of at least 1`,
    hint: 'For instance --parallel 4.',
  });
}

/** setTimeout's longest: without --timeout there is no end to it. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** `--wait`, `--timeout`. @throws PmError BAD_ARGUMENT */
function waitOf(input: Input): { waitMs?: number } {
  const given = text(input, 'timeout');
  if (given === undefined) return flag(input, 'wait') ? { waitMs: FOR_EVER_MS } : {};
  const waitMs = parseDuration(given);
  if (waitMs === null || waitMs < 1 || !flag(input, 'wait')) {
    throw pmError('BAD_ARGUMENT', {
      message: waitMs === null || waitMs < 1 ? `--timeout ${given} is not a time` : '--timeout is for --wait',
      hint: 'For instance --wait --timeout 90s.',
    });
  }
  return { waitMs: Math.min(waitMs, FOR_EVER_MS) };
}

export interface AppsPlanOptions {
  readonly match: 'script' | 'name';
  readonly existing: 'restart' | 'reload';
}

/** Starts the apps of a document. Says at once what is odd about them. @throws PmError see normaliseApps */
export async function planApps(
  document: PmDocument,
  options: AppsPlanOptions,
  input: Input,
  context: Context,
): Promise<Plan> {
  const { apps, warnings, notes } = normaliseApps(document, {
    ...normaliseContext(input, context),
    known: await knownApps(context),
  });
  for (const note of notes) context.output.info(note);
  for (const warning of warnings) context.output.warn(warning);
  warnWithoutEffect(apps, context);
  if (input.attributes['instances'] !== undefined)
    for (const app of apps) refuseMany(app, input.attributes['force'] === true);
  const params = {
    apps,
    match: options.match,
    existing: options.existing,
    force: input.attributes['force'] === true,
    ...parallelOf(input, context),
    ...reloadModeOf(input),
    ...waitOf(input),
  };
  return {
    begin: (satan) => satan.call('start', params),
    done: ({ started }) =>
      apps
        .filter(({ name }) => started.includes(name))
        .map(({ name, instances, autostart }) =>
          autostart
            ? `App [${name}] launched (${instances} instances)`
            : `App [${name}] added, not started (autostart is off); \`pm start ${name}\` starts it`,
        ),
  };
}

/** What a new start keeps of the apps that are there. No God is started to find that out. */
export async function knownApps(context: Context): Promise<KnownApp[]> {
  const satan = await context.satanIfRunning();
  const fields = ['app', 'name', 'namespace', 'envName', 'fileBase'] as const;
  const views = satan === null ? [] : (await satan.call('list', { fields })).instances;
  return [...new Map(views.map((view) => [view.app, view])).values()];
}

/** One line for all: an attribute that is not there yet must be known, and not drown the rest. */
function warnWithoutEffect(apps: readonly Pick<AppSpec, 'withoutEffect'>[], context: Context): void {
  const names = [...new Set(apps.flatMap(({ withoutEffect }) => withoutEffect))];
  if (names.length === 0) return;
  context.output.warn(`Accepted, but without effect in this version of pm: ${names.join(', ')}`);
}

/** Restarts or reloads what is there, with the attributes that were given. @throws PmError BAD_ARGUMENT, CONFIG_INVALID */
export function planAgain(
  kind: 'restart' | 'reload',
  selectors: readonly string[],
  input: Input,
  context: Context,
): Plan {
  if (text(input, 'env') !== undefined) {
    throw pmError('BAD_ARGUMENT', {
      message: 'Using --env [env] without passing the ecosystem.config.js does not work',
      hint: `The variables stand in the file: \`pm ${kind} ecosystem.config.js --env <name>\`.`,
    });
  }
  refuseOneName(selectors, input);
  const patching = asPatch(input);
  const hasPatch = Object.keys(patching.attributes).length > 0 || (input.appArgs ?? []).length > 0;
  // Without one there is nothing that counts from the caller's folder, which may be gone.
  const normalise = hasPatch ? normaliseContext(patching, context) : undefined;
  const patch = normalise === undefined ? undefined : normaliseSpecPatch(normalise);
  if (patch?.instances !== undefined)
    refuseMany({ name: selectors.join(' '), instances: patch.instances }, input.attributes['force'] === true);
  if (patch?.withoutEffect !== undefined)
    warnWithoutEffect([{ withoutEffect: patch.withoutEffect }], context);
  const unset = normalise === undefined ? [] : unsetFields(normalise);
  const env = flag(input, 'updateEnv') ? callerEnvironment(context.env, undefined) : undefined;
  const targets = targetsOf(selectors, narrowedBy(input), context);
  const params = {
    targets,
    ...(patch === undefined ? {} : { patch }),
    ...(unset.length === 0 ? {} : { unset }),
    ...(env === undefined ? {} : { env }),
    ...parallelOf(input, context),
    ...reloadModeOf(input),
    ...waitOf(input),
  };
  return {
    begin: async () => (await satanFor(targets, context)).call(kind, params),
    ...(env === undefined ? { note: 'Use --update-env to update environment variables' } : {}),
  };
}

/** `--namespace` narrows what is there; it moves nobody (`pm restart all --namespace jobs`). */
function asPatch(input: Input): Input {
  const { namespace: _, ...attributes } = input.attributes;
  return { ...input, attributes };
}

/** `start` knows it as an attribute, for what is new. */
function narrowedBy(input: Input): Input {
  const { namespace } = input.attributes;
  return typeof namespace === 'string' ? { ...input, options: { ...input.options, namespace } } : input;
}

/** @throws PmError BAD_ARGUMENT: `pm restart all --name web` would call everything web */
function refuseOneName(selectors: readonly string[], input: Input): void {
  const { name } = input.attributes;
  if (typeof name !== 'string' || (selectors.length === 1 && !selectors.some(isBroad))) return;
  throw pmError('BAD_ARGUMENT', {
    message: `--name ${name} renames one app, and ${selectors.join(' ')} may be several; nothing was done`,
    hint: 'To choose by name, say the name instead, or use --only.',
  });
}
