import { dirname, resolve } from 'node:path';
import { pmError } from '../../errors';
import { checkBalance } from './balance';
import type { AppSpec } from '../../model/app-spec';
import type { GivenEnvironment } from '../attributes/readers';
import type { NormaliseContext } from './context';
import type { PmDocument, RawApp } from '../read/document';
import { asText, callerEnvironment, mergeEnvironments, typedOnes } from './environment';
import { expandHome, isFolder, packageVersion } from './files';
import { cliAttributes } from '../attributes/cli-attributes';
import { readEnvFiles } from './env-file';
import { resolveOwner, type Owner } from './owner';
import { plainValues, withoutEffect } from './plain-values';
import { readAttributes, type GivenAttributes } from '../attributes/read-attributes';
import { decideMode, resolveRun, type Run } from './run';
import { defaultName } from './script';

/** The apps, ready for God, and what the user should be told beside them. */
export interface NormalisedApps {
  readonly apps: AppSpec[];
  readonly warnings: string[];
}

type Values = GivenAttributes['values'];

/** An app that passed validation and is wanted, with the command line laid over it. */
interface Wanted {
  readonly raw: RawApp;
  readonly values: Values;
  readonly environments: GivenAttributes['environments'];
  readonly name: string;
  /** What `--only` may call it: its name in the file, with and without what `append_env_to_name` adds. */
  readonly calledInFile: readonly string[];
}

/**
 * Makes the apps of a document what God takes: everything resolved, defaults filled in, frozen.
 * @throws PmError CONFIG_INVALID with every problem of every app at once; NO_SCRIPT, SCRIPT_NOT_FOUND,
 * INTERPRETER_NOT_FOUND, INTERPRETER_UNSUITED, USER_NOT_FOUND for the first app that has one. Nothing is started then.
 */
export function normaliseApps(document: PmDocument, context: NormaliseContext): NormalisedApps {
  const warnings = [...document.warnings];
  const wanted = wantedApps(document, context, warnings);
  const apps = wanted.map((app) => ({ app, spec: toSpec(app, document, context, warnings) }));
  refuseDuplicates(apps, document);
  return { apps: apps.map(({ spec }) => spec), warnings };
}

/** Names of the apps of a document, without resolving anything: what `stop <file>` needs, whose scripts may be gone. */
export function appNames(document: PmDocument, context: NormaliseContext): string[] {
  return wantedApps(document, context, []).map(({ name }) => name);
}

function wantedApps(document: PmDocument, context: NormaliseContext, warnings: string[]): Wanted[] {
  const cli = cliAttributes(context.cliOptions);
  const read = document.apps.map((raw) => ({ raw, given: readAttributes(raw.value, placesIn(raw)) }));
  const problems = read.flatMap(({ given }) => given.problems);
  if (document.apps.length === 0) problems.push('there is no app in it');
  const passedOver = read.flatMap(({ given }) => given.warnings);
  if (document.strict === true || context.strict === true) problems.push(...passedOver);
  else warnings.push(...passedOver.map((line) => `${line} (ignored)`));
  if (problems.length > 0) throw pmError('CONFIG_INVALID', { file: document.file, problems });
  const all = read.map(({ raw, given: { values, environments } }): Wanted => {
    const ofFile = nameOf(values, raw, context, document.file);
    const merged = { ...values, ...cli };
    const calledInFile = [ofFile, ...(typeof values.name === 'string' ? [values.name] : [])];
    return {
      raw,
      values: merged,
      environments,
      name: nameOf(merged, raw, context, document.file),
      calledInFile,
    };
  });
  const { only } = context;
  for (const name of only?.filter((one) => !all.some((app) => isCalled(app, one))) ?? []) {
    warnings.push(
      `--only ${name}: there is no such app${document.file === undefined ? '' : ` in ${document.file}`}`,
    );
  }
  const wanted = only === undefined ? all : all.filter((app) => only.some((one) => isCalled(app, one)));
  if (cli.name !== undefined && wanted.length > 1) {
    const hint = 'Choose one of them with --only.';
    throw pmError('BAD_ARGUMENT', { message: `--name is for one app, and there are ${wanted.length}`, hint });
  }
  return wanted;
}

const isCalled = ({ calledInFile }: Wanted, wanted: string): boolean => calledInFile.includes(wanted);

/** `line 7: apps[2].max_memory_restart` */
const placesIn =
  (raw: RawApp) =>
  (spelling?: string): string => {
    const line = raw.lineOf(spelling);
    const path = [raw.label, spelling ?? ''].filter((part) => part !== '').join('.') || 'the app';
    return line === undefined ? path : `line ${line}: ${path}`;
  };

function nameOf(values: Values, raw: RawApp, context: NormaliseContext, file: string | undefined): string {
  if (values.script === undefined) {
    throw pmError('NO_SCRIPT', { where: `${file === undefined ? '' : `${file}, `}${placesIn(raw)()}` });
  }
  const given = text(values.name) ?? defaultName(text(values.script) ?? '', cwdOf(values, context));
  return values.append_env_to_name === true && context.envName !== undefined
    ? `${given}-${context.envName}`
    : given;
}

function toSpec(app: Wanted, document: PmDocument, context: NormaliseContext, warnings: string[]): AppSpec {
  const { values, name } = app;
  const cwd = cwdOf(values, context);
  if (!isFolder(cwd)) {
    const place = placesIn(app.raw)('cwd');
    throw pmError('CONFIG_INVALID', {
      file: document.file,
      problems: [`${place}: expected an existing folder, got ${cwd}`],
    });
  }
  const plain = plainValues(values, cwd, context);
  refuseFolders(plain, placesIn(app.raw), document.file);
  const owner = resolveOwner(values.uid, values.gid, context);
  const run = resolveRun({ name, cwd, values }, context);
  const fromFiles = readEnvFiles(values.env_file, cwd, placesIn(app.raw)('env_file'), document.file);
  const environment = environmentOf(app, { ...run, fromFiles }, owner, context, warnings);
  const spec: AppSpec = {
    ...plain,
    ...(owner.uid === undefined ? {} : { uid: owner.uid }),
    ...(owner.gid === undefined ? {} : { gid: owner.gid }),
    name,
    cwd,
    script: run.script,
    args: run.args,
    interpreter: run.interpreter,
    interpreterPath: run.interpreterPath,
    nodeArgs: run.nodeArgs,
    ...decideMode({ name, values }, run, context),
    ...environment,
    username: text(values.username) ?? owner.username,
    version: packageVersion(run.isLine ? cwd : dirname(run.script)),
    withoutEffect: withoutEffect(values),
    ...(document.file === undefined ? {} : { configFile: document.file }),
  };
  checkBalance(spec, context.execPath);
  return deepFreeze(spec);
}

/** Output into a folder would vanish without a word: whoever writes it has no terminal to complain to. */
function refuseFolders(
  { outFile, errorFile, logFile, pidFile }: Pick<AppSpec, 'outFile' | 'errorFile' | 'logFile' | 'pidFile'>,
  placeOf: (spelling: string) => string,
  file: string | undefined,
): void {
  const paths = { out_file: outFile, error_file: errorFile, log_file: logFile, pid_file: pidFile };
  const problems = Object.entries(paths).flatMap(([name, path]) =>
    typeof path === 'string' && isFolder(path)
      ? [`${placeOf(name)}: expected a file, ${path} is a folder`]
      : [],
  );
  if (problems.length > 0) throw pmError('CONFIG_INVALID', { file, problems });
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A relative cwd counts from the caller's, as with PM2; not from the file's folder. */
const cwdOf = (values: Values, { cwd, env }: NormaliseContext): string =>
  resolve(cwd, expandHome(text(values.cwd) ?? '.', env['HOME']));

function environmentOf(
  { values, environments, name }: Wanted,
  run: Run & { readonly fromFiles: Record<string, string> },
  owner: Owner,
  context: NormaliseContext,
  warnings: string[],
): Pick<AppSpec, 'env' | 'envNames' | 'typedEnv'> {
  const { envName } = context;
  const chosen = envName === undefined ? undefined : environments.get(envName);
  if (envName !== undefined && chosen === undefined) {
    warnings.push(
      `Environment [${envName}] is not defined in process file (app ${name} has no env_${envName})`,
    );
  }
  // Validated: variables with text or null.
  const given = { ...(values.env as GivenEnvironment | undefined), ...chosen };
  const port = typeof values.port === 'number' ? { PORT: String(values.port) } : {};
  const implied = { ...run.env, ...(owner.home === undefined ? {} : { HOME: owner.home }) };
  const caller = callerEnvironment(context.env, values.filter_env);
  const env = mergeEnvironments(caller, implied, run.fromFiles, given, port);
  const named = Object.keys({ ...run.fromFiles, ...given, ...port });
  const typedEnv = typedOnes(env);
  return {
    env: asText(env),
    envNames: named.filter((variable) => variable in env),
    ...(Object.keys(typedEnv).length === 0 ? {} : { typedEnv }),
  };
}

function refuseDuplicates(apps: readonly { app: Wanted; spec: AppSpec }[], { file }: PmDocument): void {
  const seen = new Map<string, string>();
  const problems: string[] = [];
  for (const { app, spec } of apps) {
    // Of a command line the script is the shell, and the line is in the arguments.
    const key = JSON.stringify([spec.name, spec.script, spec.args[0] === '-c' ? spec.args[1] : null]);
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, app.raw.label);
    else
      problems.push(
        `${placesIn(app.raw)()}: duplicate of ${earlier}: same name "${spec.name}" and same script ${text(app.values.script) ?? ''}`,
      );
  }
  if (problems.length > 0) throw pmError('CONFIG_INVALID', { file, problems });
}

/** A spec crosses rooms; nobody may change it on the way. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach((member) => deepFreeze<unknown>(member));
  }
  return value;
}
