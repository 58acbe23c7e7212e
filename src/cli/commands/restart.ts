import type { Command } from '../command';
import { FILE_OPTIONS, NARROWING_OPTIONS, START_OPTIONS, TABLE_OPTIONS } from '../line/global-options';
import { plansAgain } from '../again';
import { carryOut } from '../plan';

export const makeRestart = (): Command => ({
  name: 'restart',
  args: '<selector...>',
  description:
    'Stops and starts instances. A selector is all, a name, an id, a namespace, /regex/, an ecosystem file, or - for JSON on stdin.',
  options: [...START_OPTIONS, ...FILE_OPTIONS, ...NARROWING_OPTIONS, ...TABLE_OPTIONS],
  takesAttributes: true,
  takesAppArgs: true,
  examples: [
    ['pm restart api', 'every instance of api'],
    ['pm restart all --update-env', 'everything, with the variables of this shell'],
    ['pm restart ecosystem.config.js --env production', 'the apps of a file, with its settings'],
  ],
  run: async (input, context) => carryOut(await plansAgain('restart', input, context), input, context),
});
