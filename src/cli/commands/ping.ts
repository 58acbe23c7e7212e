import { inspect } from 'node:util';
import type { Command } from '../command';

export const makePing = (): Command => ({
  name: 'ping',
  args: '',
  description: 'Asks God whether it is there, and starts it when it is not.',
  options: [],
  examples: [['pm ping', "prints { msg: 'pong' }"]],
  run: async (_, context) => {
    const answer = await (await context.satan()).call('ping', {});
    return { text: `${inspect(answer)}\n`, data: true };
  },
});
