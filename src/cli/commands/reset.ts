import type { Command } from '../command';
import { TABLE_OPTIONS } from '../line/global-options';
import { tableView } from '../table';

export const makeReset = (): Command => ({
  name: 'reset',
  args: '<selector...>',
  description: 'Sets the restart counters of instances to 0.',
  options: TABLE_OPTIONS,
  examples: [['pm reset api', 'count the restarts of api anew']],
  run: async (input, context) => {
    const satan = await context.satan();
    const { count } = await satan.call('reset', { targets: { selectors: input.args } });
    context.output.info(`Counters of ${count} instance${count === 1 ? '' : 's'} set to 0`);
    return tableView(input, context);
  },
});
