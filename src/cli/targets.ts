import { appNames, isConfigFile } from '../ecosystem';
import { pmError } from '../errors';
import { isBroad } from '../model/selector';
import type { Satan, Targets } from '../satan';
import { normaliseContext, readDocument } from './apps';
import { text, type Context, type Input } from './command';
import { choiceOf, isNarrowed } from './selectors';

/** Gods before it would not see what a command is narrowed to. */
const KNOWS_NARROWING = 3;

/** A word on the command line that stands for the apps of a document, and not for a selector. */
export const isDocument = (word: string): boolean => word === '-' || isConfigFile(word);

/** What God is to resolve: selectors as typed, from which folder, narrowed to what. */
export function targetsOf(selectors: readonly string[], input: Input, context: Context): Targets {
  return { ...(selectors.length === 0 ? {} : { selectors }), ...aroundOf(input, context) };
}

function aroundOf(input: Input, context: Context): Pick<Targets, 'folders' | 'within'> {
  const { folders, within } = choiceOf(input, context);
  return { ...(folders.length === 0 ? {} : { folders }), ...(isNarrowed(within) ? { within } : {}) };
}

/** The God to ask about targets. @throws PmError BAD_ARGUMENT when he would take more than what they are narrowed to */
export async function satanFor(targets: Targets, context: Context): Promise<Satan> {
  const satan = await context.satan();
  if (targets.within === undefined || satan.god.protocol >= KNOWS_NARROWING) return satan;
  throw pmError('BAD_ARGUMENT', {
    message: `God is of version ${satan.god.version}, which does not know --namespace, --only and --name here; nothing was done`,
    hint: '`pm update` replaces it by one of this version; apps go on.',
  });
}

/** What `stop` and `delete` are about: selectors as typed, and the names out of files (unknown ones are no error). */
export async function knownTargets(input: Input, context: Context): Promise<Targets> {
  const selectors = input.args.filter((word) => !isDocument(word));
  const documents = input.args.filter(isDocument);
  const names: string[] = [];
  for (const word of documents) {
    names.push(...appNames(await readDocument(word, context), normaliseContext(input, context)));
  }
  if (documents.length === 0) refuseEnv(input, context);
  // `--only` has narrowed the file already: what of it does not run is no error.
  const around = documents.length === 0 ? input : withoutOnly(input);
  return { ...targetsOf(selectors, around, context), ...(names.length === 0 ? {} : { names }) };
}

const withoutOnly = (input: Input): Input => {
  const { only: _, ...options } = input.options;
  return { ...input, options };
};

/** `pm stop all --env staging`: not what is meant, which pm cannot know. An app that is named is just that. */
function refuseEnv(input: Input, { output }: Context): void {
  const env = text(input, 'env');
  if (env === undefined) return;
  if (!input.args.some(isBroad)) {
    output.warn(`--env ${env} has no effect without a file`);
    return;
  }
  throw pmError('BAD_ARGUMENT', {
    message: `--env ${env} without a file narrows nothing, and ${input.args.join(' ')} is more than that; nothing was done`,
    hint: 'Name the apps, their --namespace, or the file: `pm stop ecosystem.config.js --env <name>`.',
  });
}
