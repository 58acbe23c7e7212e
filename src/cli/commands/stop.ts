import { follow } from '../acting';
import { flag, type Command } from '../command';
import { FILE_OPTIONS, TABLE_OPTIONS } from '../line/global-options';
import { knownTargets } from '../targets';

export const makeStop = (): Command => ({
  name: 'stop',
  args: '<selector...>',
  description: 'Stops instances and keeps them in the list. Selectors as for restart.',
  options: [
    ...FILE_OPTIONS,
    ...TABLE_OPTIONS,
    { flags: '--watch', help: 'Switch watching off as well: the next start does not watch either.' },
  ],
  examples: [
    ['pm stop api', 'every instance of api'],
    ['pm stop 0 3', 'two instances by their ids'],
    ['pm stop /^worker-/', 'all whose name begins so'],
  ],
  run: async (input, context) => {
    const targets = await knownTargets(input, context);
    const satan = await context.satan();
    if (flag(input, 'watch')) await satan.call('amend', { targets, watch: false });
    return follow(await satan.call('stop', { targets }), input, context);
  },
});
