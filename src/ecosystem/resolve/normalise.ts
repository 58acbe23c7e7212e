import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
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
import { similarTo } from '../attributes/similar';
import { giveFileBases } from './file-base';
import { inEnvironment, refuseUnknownEnvironment, type InEnvironment } from './chosen-environment';
import { defaultName } from './script';

/** The apps, ready for God, and what the user should be told beside them. */
export interface NormalisedApps {
  readonly apps: AppSpec[];
  readonly warnings: string[];
  /** What is good to know and no reason to worry. */
  readonly notes: string[];
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
  const notes: string[] = [];
  const wanted = wantedApps(document, context, warnings).map((app) => inEnvironment(app, document, context));
  refuseUnknownEnvironment(wanted, document, context);
  for (const { name, env } of wanted) {
    if (env.isRemembered)
      notes.push(`App [${name}] keeps its environment [${env.name ?? ''}]; \`--env default\` takes it away`);
    if (env.name !== undefined && env.chosen === undefined && env.ofDeploy === undefined)
      warnings.push(
        `Environment [${env.name}] is not defined in process file (app ${name} has no env_${env.name})`,
      );
  }
  const apps = wanted.map((app) => ({ app, spec: toSpec(app, document, context, warnings) }));
  refuseDuplicates(apps, document);
  return {
    apps: giveFileBases(
      apps.map(({ spec }) => spec),
      context.known,
    ),
    warnings,
    notes,
  };
}

/** Names of the apps of a document, without resolving anything: what `stop <file>` needs, whose scripts may be gone. */
export function appNames(document: PmDocument, context: NormaliseContext): string[] {
  return wantedApps(document, context, []).map(({ name }) => name);
}

function wantedApps(document: PmDocument, context: NormaliseContext, warnings: string[]): readonly Wanted[] {
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
  const wanted = onlyThose(all, document, context, warnings);
  if (cli.name !== undefined && wanted.length > 1) {
    const hint = 'Choose one of them with --only.';
    throw pmError('BAD_ARGUMENT', { message: `--name is for one app, and there are ${wanted.length}`, hint });
  }
  return wanted;
}

/** `--only`. @throws PmError BAD_ARGUMENT when none of the names is in the file: nothing would be what was meant */
function onlyThose(
  all: readonly Wanted[],
  { file }: PmDocument,
  { only }: NormaliseContext,
  warnings: string[],
): readonly Wanted[] {
  if (only === undefined) return all;
  const wanted = all.filter((app) => only.some((one) => isCalled(app, one)));
  const names = [...new Set(all.flatMap(({ calledInFile }) => calledInFile))];
  for (const name of only.filter((one) => !all.some((app) => isCalled(app, one)))) {
    const similar = similarTo(name, names);
    const message = `--only ${name}: there is no such app${file === undefined ? '' : ` in ${file}`}`;
    if (wanted.length === 0)
      throw pmError('BAD_ARGUMENT', { message, hint: didYouMean(similar, `Its apps: ${names.join(', ')}.`) });
    warnings.push(similar === undefined ? message : `${message}; did you mean ${similar}?`);
  }
  return wanted;
}

const didYouMean = (similar: string | undefined, otherwise: string): string =>
  similar === undefined ? otherwise : `Did you mean ${similar}?`;

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

function toSpec(
  app: InEnvironment<Wanted>,
  document: PmDocument,
  context: NormaliseContext,
  warnings: string[],
): AppSpec {
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
  const fromFiles = readEnvFiles(
    { value: values.env_file, cwd, place: placesIn(app.raw)('env_file'), configFile: document.file },
    warnings,
  );
  const environment = environmentOf(app, { ...run, fromFiles }, owner, context);
  const { warning, ...mode } = decideMode({ name, values }, run, context);
  if (warning !== undefined) warnings.push(warning);
  const spec: AppSpec = {
    ...plain,
    ...(owner.uid === undefined ? {} : { uid: owner.uid }),
    ...(owner.gid === undefined ? {} : { gid: owner.gid }),
    name,
    cwd,
    script: run.script,
    args: run.args,
    ...(Array.isArray(values.args) && values.args.length === 0 ? { argsGiven: true } : {}),
    ...(run.line === undefined ? {} : { commandLine: run.line }),
    interpreter: run.interpreter,
    interpreterPath: run.interpreterPath,
    nodeArgs: run.nodeArgs,
    ...mode,
    ...environment,
    username: text(values.username) ?? owner.username,
    version: packageVersion(run.isLine ? cwd : dirname(run.script)),
    withoutEffect: withoutEffect(values),
    ...(app.env.name === undefined ? {} : { envName: app.env.name }),
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
  { values, env: chosen }: InEnvironment<Wanted>,
  run: Run & { readonly fromFiles: GivenEnvironment },
  owner: Owner,
  context: NormaliseContext,
): Pick<AppSpec, 'env' | 'envNames' | 'typedEnv'> {
  // Validated: variables with text, numbers, booleans or null.
  const given = {
    ...(values.env as GivenEnvironment | undefined),
    ...chosen.ofDeploy,
    ...chosen.chosen?.variables,
  };
  const port = typeof values.port === 'number' ? { PORT: String(values.port) } : {};
  const implied = { ...run.env, ...(owner.home === undefined ? {} : { HOME: owner.home }) };
  const caller = callerEnvironment(context.env, values.filter_env);
  const env = mergeEnvironments(run.fromFiles, caller, implied, given, port);
  const named = Object.keys({ ...run.fromFiles, ...given, ...port });
  const typedEnv = typedOnes(env);
  return {
    env: asText(env),
    envNames: named.filter((variable) => variable in env),
    ...(Object.keys(typedEnv).length === 0 ? {} : { typedEnv }),
  };
}

/** The same name and script with other arguments or variables is a worker per queue; the very same is a slip. */
function refuseDuplicates(apps: readonly { app: Wanted; spec: AppSpec }[], { file }: PmDocument): void {
  const problems = apps.flatMap(({ app, spec }, index) => {
    const earlier = apps.slice(0, index).find((one) => isDeepStrictEqual(one.spec, spec));
    if (earlier === undefined) return [];
    const script = text(app.values.script) ?? '';
    return `${placesIn(app.raw)()}: duplicate of ${earlier.app.raw.label}: same name "${spec.name}" and same script ${script}, and nothing else differs`;
  });
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
