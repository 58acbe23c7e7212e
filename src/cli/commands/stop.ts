import { follow } from '../acting';
import { flag, type Command } from '../command';
import { FILE_OPTIONS, NARROWING_BY_NAME, TABLE_OPTIONS } from '../line/global-options';
import { knownTargets, satanFor } from '../targets';

export const makeStop = (): Command => ({
  name: 'stop',
  args: '<selector...>',
  description: 'Stops instances and keeps them in the list. Selectors as for restart.',
  options: [
    ...FILE_OPTIONS,
    ...NARROWING_BY_NAME,
    ...TABLE_OPTIONS,
    { flags: '--watch', help: 'Switch watching off as well: the next start does not watch either.' },
  ],
  destroys: true,
  examples: [
    ['pm stop api', 'every instance of api'],
    ['pm stop 0 3', 'two instances by their ids'],
    ['pm stop /^worker-/', 'all whose name begins so'],
  ],
  run: async (input, context) => {
    const targets = await knownTargets(input, context);
    const satan = await satanFor(targets, context);
    if (flag(input, 'watch')) await satan.call('amend', { targets, watch: false });
    return follow(await satan.call('stop', { targets }), input, context);
  },
});
