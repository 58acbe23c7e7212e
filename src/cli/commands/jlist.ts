import type { Command } from '../command';
import { allDetails } from '../details';
import { NARROWING_BY_NAME } from '../line/global-options';
import { pm2Record } from '../render/pm2-record';

export const makeJlist = (): Command => ({
  name: 'jlist',
  args: '',
  description: "Prints every instance as JSON, in PM2's shape, on one line.",
  options: NARROWING_BY_NAME,
  examples: [['pm jlist | jq ".[].pm2_env.status"', 'the status of each']],
  run: async (input, context) => ({
    text: JSON.stringify((await allDetails(input, context)).map(pm2Record)),
    data: true,
  }),
});
