import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { hasCode, pmError, type PmError } from '../../errors';
import { findConfigFile, openDocument, pathLookup, similarTo } from '../../ecosystem';
import type { InstanceView } from '../../model/instance';
import { readDocument } from '../apps';
import type { Command, Context, Input } from '../command';
import { FILE_OPTIONS, START_OPTIONS, TABLE_OPTIONS } from '../line/global-options';
import { carryOut, planAgain, planApps, type Plan } from '../plan';
import { selectViews } from '../selectors';
import { pasteable } from '../shell-word';
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
    const plans: Plan[] = [];
    for (const word of input.args) plans.push(await planOf(word, input, context));
    if (input.args.length === 0) plans.push(await planOfDefaultFile(input, context));
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

/** `pm start --name x` beside a file of several apps starts them by the names that they have there, as with PM2. */
async function planOfDefaultFile(input: Input, context: Context): Promise<Plan> {
  const document = await readDocument(defaultFile(context), context);
  const { name, ...others } = input.attributes;
  const isForOne = name === undefined || document.apps.length === 1;
  if (!isForOne)
    context.output.warn(`--name is for one app; those of ${document.file ?? 'the file'} keep their names`);
  const asked = isForOne ? input : { ...input, attributes: others };
  return planApps(document, { match: 'name', existing: 'restart' }, asked, context);
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
  const script = programFor(word, input, context);
  try {
    return await planApps(openDocument({ script }), { match: 'script', existing: 'restart' }, input, context);
  } catch (error) {
    throw hasCode(error, 'SCRIPT_NOT_FOUND') ? await withSuggestion(error, word, context) : error;
  }
}

/** What `script: 'serve'` of a file means is pm's own server, and on the command line npm's. */
const SERVE = 'serve';

/**
 * A program that is not in PATH may be the project's own, in `node_modules/.bin`: its path. `serve` is always a program here
 * (`pm start serve -- -s build` is npm's): pm's own server, which would show the folder that one is in, is asked for by
 * `pm serve`. Anything else stays as it is.
 *
 * @throws PmError SCRIPT_NOT_FOUND
 */
function programFor(word: string, input: Input, { cwd, env }: Context): string {
  if (/[\s/]/.test(word)) return word;
  const given = input.attributes['cwd'];
  const folder = resolve(cwd, typeof given === 'string' ? given : '.');
  if (existsSync(resolve(folder, word))) return word;
  const inPath = pathLookup(env, cwd)(word);
  if (inPath !== null) return word === SERVE ? inPath : word;
  const own = ownProgram(word, folder);
  if (own !== null) return own;
  if (word !== SERVE) return word;
  throw pmError('BAD_ARGUMENT', {
    message: `Script not found: ${resolve(folder, word)}`,
    hint: "`serve` of npm is neither in PATH nor in node_modules/.bin. pm's own static server is started by `pm serve [path] [port]`.",
  });
}

/** In `node_modules/.bin` of the folder or one above it. */
function ownProgram(word: string, folder: string): string | null {
  const path = join(folder, 'node_modules/.bin', word);
  if (existsSync(path)) return path;
  return dirname(folder) === folder ? null : ownProgram(word, dirname(folder));
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
  const hint = `Did you mean \`pm start ${pasteable(similar)}\`?`;
  return pmError('BAD_ARGUMENT', { message: error.message, hint }, { cause: error });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
