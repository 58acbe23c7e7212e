import { pmError } from '../../errors';
import { isRecord } from '../attributes/kinds';
import type { ChosenEnvironment, GivenAttributes } from '../attributes/read-attributes';
import { readValue, type GivenEnvironment } from '../attributes/readers';
import { similarTo } from '../attributes/similar';
import { declarationOf } from '../attributes/names';
import { cliAttributes } from '../attributes/cli-attributes';
import type { PmDocument } from '../read/document';
import type { NormaliseContext } from './context';

/** Takes an app out of its `env_<name>`: there is none of that name, unless a file has an `env_default`. */
const NONE = 'default';

interface App {
  readonly name: string;
  readonly values: GivenAttributes['values'];
  readonly environments: GivenAttributes['environments'];
}

/** An app with the environment that it is to run in. */
export type InEnvironment<A extends App> = A & {
  readonly env: {
    /** `--env`, now or when it was started last. */
    readonly name: string | undefined;
    readonly isRemembered: boolean;
    /** `env_<name>` of the app. */
    readonly chosen: ChosenEnvironment | undefined;
    /** `deploy.<name>.env` of the file. */
    readonly ofDeploy: GivenEnvironment | undefined;
  };
};

/** Which environment an app runs in, with the attributes laid over it that are written inside; the command line wins. */
export function inEnvironment<A extends App>(
  app: A,
  document: PmDocument,
  context: NormaliseContext,
): InEnvironment<A> {
  const remembered = context.envName === undefined ? rememberedOf(app, context) : undefined;
  const wanted = context.envName ?? remembered;
  const name = wanted === NONE && !app.environments.has(NONE) ? undefined : wanted;
  const chosen = name === undefined ? undefined : app.environments.get(name);
  return {
    ...app,
    values: { ...app.values, ...chosen?.values, ...cliAttributes(context.cliOptions) },
    env: {
      name,
      isRemembered: remembered !== undefined,
      chosen,
      ofDeploy: name === undefined ? undefined : deployEnvironment(document.deploy, name),
    },
  };
}

function rememberedOf({ name, values }: App, { known = [] }: NormaliseContext): string | undefined {
  const namespace = typeof values.namespace === 'string' ? values.namespace : 'default';
  return known.find((app) => app.name === name && app.namespace === namespace)?.envName;
}

function deployEnvironment(deploy: unknown, name: string): GivenEnvironment | undefined {
  const target = isRecord(deploy) ? deploy[name] : undefined;
  const env = isRecord(target) ? target['env'] : undefined;
  return isRecord(env) ? (readValue(declarationOf('env'), env) as GivenEnvironment) : undefined;
}

/**
 * A name that stands nowhere in the file is a slip of the finger: nothing would be what was meant.
 * @throws PmError BAD_ARGUMENT
 */
export function refuseUnknownEnvironment(
  apps: readonly InEnvironment<App>[],
  { file, deploy }: PmDocument,
  { envName }: NormaliseContext,
): void {
  // Without a file there is nothing to look it up in; PM2 goes on as well.
  if (envName === undefined || envName === NONE || file === undefined) return;
  const isKnown = apps.some(
    ({ env, values }) =>
      env.chosen !== undefined || env.ofDeploy !== undefined || values.append_env_to_name === true,
  );
  if (isKnown) return;
  const names = [
    ...new Set(apps.flatMap(({ environments }) => [...environments.keys()])),
    ...(isRecord(deploy) ? Object.keys(deploy) : []),
  ];
  const similar = similarTo(envName, names);
  const others = names.length === 0 ? 'It has no env_<name> at all.' : `It has: ${names.join(', ')}.`;
  throw pmError('BAD_ARGUMENT', {
    message: `Environment [${envName}] is not defined in process file ${file}`,
    hint: similar === undefined ? others : `Did you mean --env ${similar}?`,
  });
}
