import type { Command } from '../command';

export const makeCleardump = (): Command => ({
  name: 'cleardump',
  args: '',
  description: 'Makes dump.json an empty list. What runs is not touched.',
  options: [],
  destroys: true,
  exactArgs: true,
  examples: [['pm cleardump', '`pm resurrect` starts nothing any more']],
  run: async (_, context) => {
    const { path } = await (await context.satan()).call('clearDump', {});
    context.output.info(`Successfully created ${path}`);
    return {};
  },
});
