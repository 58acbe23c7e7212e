import type { Command } from '../command';
import { allDetails } from '../details';
import { pm2Record } from '../render/pm2-record';

export const makeJlist = (): Command => ({
  name: 'jlist',
  args: '',
  description: "Prints every instance as JSON, in PM2's shape, on one line.",
  options: [],
  examples: [['pm jlist | jq ".[].pm2_env.status"', 'the status of each']],
  run: async (_, context) => ({
    text: JSON.stringify((await allDetails(context)).map(pm2Record)),
    data: true,
  }),
});
