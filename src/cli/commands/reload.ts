import { plansAgain } from '../again';
import type { Command } from '../command';
import { FILE_OPTIONS, NARROWING_OPTIONS, START_OPTIONS } from '../line/global-options';
import { RELOAD_OPTIONS } from '../line/reload-options';
import { carryOutSteps } from '../plan';

export const makeReload = (): Command => ({
  name: 'reload',
  args: '<selector...>',
  description:
    'Replaces the running instances: every new one must be ready before the first old one goes. If one of them does not get ready, the old version stays and the command fails.',
  options: [...START_OPTIONS, ...FILE_OPTIONS, ...NARROWING_OPTIONS, ...RELOAD_OPTIONS],
  takesAttributes: true,
  takesAppArgs: true,
  examples: [
    ['pm reload api', 'a new version of api, without losing a request'],
    ['pm reload ecosystem.config.js --only api', 'with the settings of the file'],
  ],
  run: async (input, context) => {
    await carryOutSteps(await plansAgain('reload', input, context), context);
    return {};
  },
});
