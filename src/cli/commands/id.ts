import { inspect } from 'node:util';
import type { Command } from '../command';

export const makeId = (): Command => ({
  name: 'id',
  args: '<name>',
  description: 'Prints the ids of the instances of an app; [] when there is none.',
  options: [],
  examples: [['pm id api', 'for instance [ 0, 1, 2, 3 ]']],
  run: async ({ args: [name] }, context) => {
    const { instances } = await (await context.satan()).call('list', {});
    const ids = instances.filter((view) => view.name === name).map(({ id }) => id);
    return { text: `${inspect(ids, { maxArrayLength: null })}\n`, data: true };
  },
});
