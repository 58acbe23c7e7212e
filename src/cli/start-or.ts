import { readDocument } from './apps';
import type { Command } from './command';
import { FILE_OPTIONS, START_OPTIONS, TABLE_OPTIONS } from './line/global-options';
import { carryOut, planApps } from './plan';

/** `startOrRestart`, `startOrReload` and `startOrGracefulReload` of a file: what is not there is started. */
export const makeStartOr = (name: string, existing: 'restart' | 'reload'): Command => ({
  name,
  args: '<file>',
  description: `Starts the apps of an ecosystem file that are not there, and ${existing}s those that are.`,
  options: [...FILE_OPTIONS, ...START_OPTIONS, ...TABLE_OPTIONS],
  takesAttributes: true,
  takesAppArgs: true,
  examples: [[`pm ${name} ecosystem.config.js --env production`, 'one line for a deployment']],
  run: async (input, context) => {
    const document = await readDocument(input.args[0] ?? '', context);
    return carryOut([await planApps(document, { match: 'name', existing }, input, context)], input, context);
  },
});
