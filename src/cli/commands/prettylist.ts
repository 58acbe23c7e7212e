import { inspect } from 'node:util';
import type { Command } from '../command';
import { allDetails } from '../details';
import { pm2Record } from '../render/pm2-record';

export const makePrettylist = (): Command => ({
  name: 'prettylist',
  args: '',
  description: "Prints every instance in PM2's shape, laid out for people.",
  options: [],
  examples: [['pm prettylist | less', 'page through everything']],
  run: async (_, context) => {
    const records = (await allDetails(context)).map(pm2Record);
    return {
      text: inspect(records, { depth: null, maxArrayLength: null, maxStringLength: null }),
      data: true,
    };
  },
});
