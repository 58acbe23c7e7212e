import { stat, truncate } from 'node:fs/promises';
import { reasonOf, systemCodeOf } from '../../errors';
import type { Command, Context } from '../command';
import { NARROWING_BY_NAME } from '../line/global-options';
import { choiceOf, isNarrowed, viewsMeant } from '../selectors';

export const makeFlush = (): Command => ({
  name: 'flush',
  args: '[selector...]',
  description: 'Empties the log files of an app; without a selector those of all apps, and pm.log.',
  options: NARROWING_BY_NAME,
  destroys: true,
  examples: [
    ['pm flush', 'all log files'],
    ['pm flush api', 'those of api'],
  ],
  run: async (input, context) => {
    const { instances } = await (await context.satan()).call('list', {});
    const choice = choiceOf(input, context);
    const views = viewsMeant(instances, input.args, choice);
    const isAll = input.args.length === 0 && !isNarrowed(choice.within);
    if (!isAll && views.length === 0)
      context.output.warn(`No process matches ${input.args.join(' ') || 'what it is narrowed to'}`);
    const ofApps = views.flatMap(({ outLogPath, errorLogPath, combinedLogPath }) => [
      outLogPath,
      errorLogPath,
      ...(combinedLogPath === undefined ? [] : [combinedLogPath]),
    ]);
    const paths = new Set(isAll ? [context.home().logFile, ...ofApps] : ofApps);
    context.output.info('Flushing:');
    const done = await Promise.all([...paths].map((path) => empty(path, context)));
    if (done.includes(false)) return { exitCode: 1 };
    context.output.info('Logs flushed');
    return {};
  },
});

/** The writers append, so they go on at the new end. False: it could not be done. */
async function empty(path: string, context: Context): Promise<boolean> {
  try {
    // A named pipe or a device is no log file to empty.
    if (!(await stat(path)).isFile()) return true;
    await truncate(path);
    context.output.info(path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return true;
    context.output.warn(`Cannot empty ${path}: ${reasonOf(error)}`);
    return false;
  }
}
