import { inspect } from 'node:util';
import type { Command } from '../command';
import { NARROWING_BY_NAME } from '../line/global-options';
import { choiceOf, selectViews } from '../selectors';

export const makeId = (): Command => ({
  name: 'id',
  args: '<selector>',
  description: 'Prints the ids of the instances of an app; [] when there is none.',
  options: NARROWING_BY_NAME,
  examples: [['pm id api', 'for instance [ 0, 1, 2, 3 ]']],
  run: async (input, context) => {
    const { instances } = await (await context.satan()).call('list', {});
    const ids = selectViews(instances, input.args[0] ?? '', choiceOf(input, context)).map(({ id }) => id);
    return { text: `${inspect(ids, { maxArrayLength: null })}\n`, data: true };
  },
});
