import { resolve } from 'node:path';
import type { AppSpec } from '../../model/app-spec';
import type { AttributeName } from '../../model/attributes';
import { cliAttributes } from '../attributes/cli-attributes';
import type { NormaliseContext } from './context';
import { expandHome } from './files';
import { resolveInterpreter } from './interpreter';
import { attributeNamed, declarationOf } from '../attributes/names';
import { resolveOwner } from './owner';
import { plainValues, withoutEffect } from './plain-values';
import { instanceCount, modeNamed } from './run';

/** Resolved below, from several attributes or into several fields. `env` goes its own way (`--update-env`). */
const RESOLVED: ReadonlySet<AttributeName> = new Set([
  'script',
  'env',
  'cwd',
  'exec_interpreter',
  'instances',
  'exec_mode',
  'execute_command',
  'uid',
  'gid',
]);

/**
 * The attributes given to restart or reload on the command line, as the part of an AppSpec that they change.
 * The word `null` sets an attribute back to its default; what has none is in {@link unsetFields}.
 * @throws PmError CONFIG_INVALID, INTERPRETER_NOT_FOUND, INTERPRETER_UNSUITED, USER_NOT_FOUND
 */
export function normaliseSpecPatch(context: NormaliseContext): Partial<AppSpec> {
  const values = cliAttributes(context.cliOptions);
  const touched = Object.keys(context.cliOptions).flatMap((spelling) => attributeNamed(spelling) ?? []);
  const cwd =
    typeof values.cwd === 'string'
      ? resolve(context.cwd, expandHome(values.cwd, context.env['HOME']))
      : undefined;
  const all: Readonly<Record<string, unknown>> = {
    nodeArgs: [],
    args: [],
    ...plainValues(values, cwd ?? context.cwd, context),
  };
  const fields = touched
    .filter((name) => !RESOLVED.has(name))
    .map((name) => declarationOf(name).field)
    .filter((field) => field in all);
  if (values.time === true) fields.push('logDateFormat');
  const ineffective = withoutEffect(values);
  return {
    ...Object.fromEntries(fields.map((field) => [field, all[field]])),
    ...(cwd === undefined ? {} : { cwd }),
    // 0 takes a pattern away; a spec that never had one does without the field.
    ...(values.cron_restart === '0' ? { cronRestart: '0' } : {}),
    ...interpreterOf(values.exec_interpreter, context),
    ...modeOf(values, context),
    ...ownerOf(values, context),
    ...(ineffective.length === 0 ? {} : { withoutEffect: ineffective }),
  };
}

/**
 * The fields that the word `null` takes away (`--max-memory-restart=null`): those of attributes without a default. What
 * every app has is not among them: a name stays, and interpreter, folder and mode are as if not given.
 */
export function unsetFields({ cliOptions }: NormaliseContext): string[] {
  return Object.entries(cliOptions).flatMap(([spelling, value]) => {
    const name = attributeNamed(spelling);
    if (name === undefined || value !== 'null') return [];
    const { field, default: usual, required } = declarationOf(name);
    const isOwners = name === 'uid' || name === 'gid';
    if (usual !== undefined || required === true || KEPT.has(name)) return [];
    return RESOLVED.has(name) && !isOwners ? [] : [field];
  });
}

const KEPT: ReadonlySet<AttributeName> = new Set(['name', 'username', 'args', 'node_args']);

type Values = ReturnType<typeof cliAttributes>;

function interpreterOf(given: unknown, context: NormaliseContext): Partial<AppSpec> {
  if (typeof given !== 'string') return {};
  // Whether the script can run by itself is for the shim to find out: the command line does not name the script.
  if (given === 'none') return { interpreter: 'none', interpreterPath: 'none' };
  const found = resolveInterpreter({ name: 'to restart', cwd: context.cwd, script: '', given }, context);
  return { interpreter: found.interpreter, interpreterPath: found.path };
}

function modeOf(values: Values, context: NormaliseContext): Partial<AppSpec> {
  const execMode = values.execute_command === true ? 'fork' : modeNamed(values.exec_mode);
  const count =
    values.instances === undefined
      ? {}
      : { instances: instanceCount(Number(values.instances), context.cpuCount), instancesGiven: true };
  return { ...count, ...(execMode === undefined ? {} : { execMode }) };
}

function ownerOf(values: Values, context: NormaliseContext): Partial<AppSpec> {
  if (values.uid === undefined && values.gid === undefined) return {};
  const { uid, gid, username } = resolveOwner(values.uid, values.gid, context);
  return {
    ...(uid === undefined ? {} : { uid, username }),
    ...(gid === undefined ? {} : { gid }),
  };
}
