import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { hasCode, pmError, type PmError } from '../../errors';
import { findConfigFile, openDocument, similarTo } from '../../ecosystem';
import type { InstanceView } from '../../model/instance';
import { readDocument } from '../apps';
import type { Command, Context, Input } from '../command';
import { FILE_OPTIONS, START_OPTIONS, TABLE_OPTIONS } from '../line/global-options';
import { carryOut, planAgain, planApps, type Plan } from '../plan';
import { selectViews } from '../selectors';
import { isDocument } from '../targets';

export const makeStart = (): Command => ({
  name: 'start',
  args: '[what...]',
  description:
    'Starts a script, a command in PATH, a command line in quotes, the apps of an ecosystem file, JSON on stdin (-), or an app that is known by its name, namespace or id. Without arguments: ecosystem.config.js of this folder.',
  options: [...FILE_OPTIONS, ...START_OPTIONS, ...TABLE_OPTIONS],
  takesAttributes: true,
  takesAppArgs: true,
  examples: [
    ['pm start app.js', 'one process'],
    ['pm start app.js -i max', 'one instance per CPU, sharing the port'],
    ['pm start "python3 job.py --fast" --name job', 'any command line'],
    ['pm start ecosystem.config.js --env production', 'the apps of a file'],
    ['pm start app.js -- --port 3000', 'what stands behind -- is for the app'],
  ],
  run: async (input, context) => {
    const words = input.args.length > 0 ? input.args : [defaultFile(context)];
    const plans: Plan[] = [];
    for (const word of words) plans.push(await planOf(word, input, context));
    return carryOut(plans, input, context);
  },
});

/** @throws PmError CONFIG_NOT_FOUND, in PM2's words */
function defaultFile({ cwd }: Context): string {
  const file = findConfigFile(cwd);
  if (file !== null) return file;
  throw pmError('CONFIG_NOT_FOUND', {
    file: 'ecosystem.config.js',
    hint: 'Say what to start (`pm start app.js`), or write an ecosystem.config.js here.',
  });
}

/** PM2-FACTS §5.1, in its order: a file of apps, something known by name or id, a script. */
async function planOf(word: string, input: Input, context: Context): Promise<Plan> {
  if (isDocument(word)) {
    return planApps(
      await readDocument(word, context),
      { match: 'name', existing: 'restart' },
      input,
      context,
    );
  }
  if (await isKnown(word, context)) return planAgain('restart', [word], input, context);
  try {
    return await planApps(
      openDocument({ script: word }),
      { match: 'script', existing: 'restart' },
      input,
      context,
    );
  } catch (error) {
    throw hasCode(error, 'SCRIPT_NOT_FOUND') ? await withSuggestion(error, word, context) : error;
  }
}

/** No God is started to find that out: without one nothing is known. */
async function instancesNow(context: Context): Promise<readonly InstanceView[]> {
  const satan = await context.satanIfRunning();
  return satan === null ? [] : (await satan.call('list', {})).instances;
}

/** A number is always an id, known or not; a word with a path or an extension is always a script. */
async function isKnown(word: string, context: Context): Promise<boolean> {
  if (/^\d+$/.test(word) || word === 'all') return true;
  if (word.includes('/') || extname(word) !== '') return false;
  return selectViews(await instancesNow(context), word, { folders: [], within: {} }).length > 0;
}

/** The slip of the finger at 3 a.m.: `pm start ap.js`, `pm start appi`. */
async function withSuggestion(error: PmError, word: string, context: Context): Promise<Error> {
  if (statSync(resolve(context.cwd, word), { throwIfNoEntry: false })?.isDirectory() === true) return error;
  const file = similarTo(basename(word), entriesOf(dirname(resolve(context.cwd, word))));
  const names = new Set((await instancesNow(context)).map(({ name }) => name));
  const similar = file === undefined ? similarTo(word, names) : word.slice(0, -basename(word).length) + file;
  if (similar === undefined) return error;
  const hint = `Did you mean \`pm start ${similar}\`?`;
  return pmError('BAD_ARGUMENT', { message: error.message, hint }, { cause: error });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
