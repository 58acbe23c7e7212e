import { inspect } from 'node:util';
import type { Command } from '../command';
import { allDetails } from '../details';
import { NARROWING_BY_NAME } from '../line/global-options';
import { pm2Record } from '../render/pm2-record';

export const makePrettylist = (): Command => ({
  name: 'prettylist',
  args: '',
  description: "Prints every instance in PM2's shape, laid out for people.",
  options: NARROWING_BY_NAME,
  examples: [['pm prettylist | less', 'page through everything']],
  run: async (input, context) => {
    const records = (await allDetails(input, context)).map(pm2Record);
    return {
      text: inspect(records, { depth: null, maxArrayLength: null, maxStringLength: null }),
      data: true,
    };
  },
});
