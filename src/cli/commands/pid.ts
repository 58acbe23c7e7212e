import type { Command } from '../command';
import { NARROWING_BY_NAME } from '../line/global-options';
import { choiceOf, viewsMeant } from '../selectors';

export const makePid = (): Command => ({
  name: 'pid',
  args: '[selector]',
  description:
    'Prints the pids of the instances of an app, or of all, one a line; an empty line when there is none.',
  options: NARROWING_BY_NAME,
  examples: [
    ['pm pid api', 'the pids of api'],
    ['kill -USR1 $(pm pid api)', 'send a signal'],
  ],
  run: async (input, context) => {
    const { instances } = await (await context.satan()).call('list', {});
    // Stopped ones have pid 0, which PM2 prints; `kill $(pm pid api)` would then signal the caller's own group.
    const pids = viewsMeant(instances, input.args, choiceOf(input, context))
      .filter(({ pid }) => pid !== 0)
      .map(({ pid }) => pid);
    return { text: `${pids.join('\n')}\n`, data: true };
  },
});
