import type { Command } from '../command';

export const makePid = (): Command => ({
  name: 'pid',
  args: '[name]',
  description:
    'Prints the pids of the instances of an app, or of all, one a line; an empty line when there is none.',
  options: [],
  examples: [
    ['pm pid api', 'the pids of api'],
    ['kill -USR1 $(pm pid api)', 'send a signal'],
  ],
  run: async ({ args: [name] }, context) => {
    const { instances } = await (await context.satan()).call('list', {});
    // Stopped ones have pid 0, which PM2 prints; `kill $(pm pid api)` would then signal the caller's own group.
    const pids = instances
      .filter((view) => (name === undefined || view.name === name) && view.pid !== 0)
      .map(({ pid }) => pid);
    return { text: `${pids.join('\n')}\n`, data: true };
  },
});
