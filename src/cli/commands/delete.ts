import { follow } from '../acting';
import type { Command } from '../command';
import { FILE_OPTIONS, TABLE_OPTIONS } from '../line/global-options';
import { knownTargets } from '../targets';

export const makeDelete = (): Command => ({
  name: 'delete',
  args: '<selector...>',
  description:
    'Stops instances and removes them from the list. Their log files stay. Selectors as for restart.',
  options: [...FILE_OPTIONS, ...TABLE_OPTIONS],
  examples: [
    ['pm delete api', 'every instance of api'],
    ['pm delete all', 'everything'],
  ],
  run: async (input, context) => {
    const targets = await knownTargets(input, context);
    const satan = await context.satan();
    return follow(await satan.call('delete', { targets }), input, context);
  },
});
