import type { Command } from '../command';
import { NARROWING_BY_NAME, TABLE_OPTIONS } from '../line/global-options';
import { tableView } from '../table';
import { satanFor, targetsOf } from '../targets';

export const makeReset = (): Command => ({
  name: 'reset',
  args: '<selector...>',
  description: 'Sets the restart counters of instances to 0.',
  options: [...NARROWING_BY_NAME, ...TABLE_OPTIONS],
  destroys: true,
  examples: [['pm reset api', 'count the restarts of api anew']],
  run: async (input, context) => {
    const targets = targetsOf(input.args, input, context);
    const { count } = await (await satanFor(targets, context)).call('reset', { targets });
    context.output.info(`Counters of ${count} instance${count === 1 ? '' : 's'} set to 0`);
    return tableView(input, context);
  },
});
