import { follow } from '../acting';
import type { Command } from '../command';
import { FILE_OPTIONS, NARROWING_BY_NAME, TABLE_OPTIONS } from '../line/global-options';
import { knownTargets, satanFor } from '../targets';

export const makeDelete = (): Command => ({
  name: 'delete',
  args: '<selector...>',
  description:
    'Stops instances and removes them from the list. Their log files stay. Selectors as for restart.',
  options: [...FILE_OPTIONS, ...NARROWING_BY_NAME, ...TABLE_OPTIONS],
  destroys: true,
  examples: [
    ['pm delete api', 'every instance of api'],
    ['pm delete all', 'everything'],
  ],
  run: async (input, context) => {
    const targets = await knownTargets(input, context);
    const satan = await satanFor(targets, context);
    return follow(await satan.call('delete', { targets }), input, context);
  },
});
