import { flag, type Command } from '../command';
import { TABLE_OPTIONS } from '../line/global-options';
import { tableView } from '../table';

export const makeList = (): Command => ({
  name: 'list',
  args: '',
  description: 'Prints the table of all instances, sorted by name.',
  options: [...TABLE_OPTIONS, { flags: '--json', help: "Print pm's own record of every instance as JSON." }],
  examples: [
    ['pm list', 'the table'],
    ['pm list --sort memory:desc', 'the hungriest first'],
    ['pm list --json', 'for programs; `pm jlist` has the shape of PM2'],
  ],
  run: async (input, context) => {
    if (!flag(input, 'json')) return tableView(input, context);
    const { instances } = await (await context.satan()).call('list', {});
    return { text: `${JSON.stringify(instances, undefined, 2)}\n`, data: true };
  },
});
