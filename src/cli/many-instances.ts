import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { hasCode, pmError } from '../errors';
import type { AppSpec } from '../model/app-spec';
import { MOST_INSTANCES, usualMost } from '../model/instance-count';
import { cpuCount } from '../platform';
import type { Context } from './command';

/**
 * Does what may come to a great many instances; somebody at a terminal is asked first, anybody else has to say --force.
 *
 * @throws PmError TOO_MANY_INSTANCES
 */
export async function allowingMany<T>(
  isForced: boolean,
  context: Context,
  act: (force: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await act(isForced);
  } catch (error) {
    if (!hasCode(error, 'TOO_MANY_INSTANCES') || isForced) throw error;
    if (await isMeant(error.message, context)) return act(true);
    throw error;
  }
}

async function isMeant(what: string, { stdin, output }: Context): Promise<boolean> {
  if (!output.terminal.isTty || !isatty(0)) return false;
  const answers = createInterface({ input: stdin });
  try {
    output.raw(`${what}. Do it all the same? [y/N] `);
    return /^y(es)?$/i.test((await answers.question('')).trim());
  } finally {
    answers.close();
  }
}

/** For `-i` on a command line; what a file says was thought about. @throws PmError TOO_MANY_INSTANCES */
export function refuseMany(
  { name, instances }: Pick<AppSpec, 'name' | 'instances'>,
  isForced: boolean,
): void {
  const most = isForced ? MOST_INSTANCES : usualMost(cpuCount());
  if (instances > most)
    throw pmError('TOO_MANY_INSTANCES', {
      name,
      count: instances,
      most,
      isUsual: !isForced && instances <= MOST_INSTANCES,
    });
}
