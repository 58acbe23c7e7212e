import { pmError } from '../../errors';
import { follow } from '../acting';
import { allowingMany } from '../many-instances';
import { flag, type Command } from '../command';
import { NARROWING_BY_NAME, TABLE_OPTIONS } from '../line/global-options';
import { satanFor, targetsOf } from '../targets';

export const makeScale = (): Command => ({
  name: 'scale',
  args: '<selector> <count>',
  description: 'Changes the number of instances: 4 sets it, +2 and -1 change it.',
  options: [
    { flags: '-f, --force', help: 'Also to more instances than 4 for each CPU, and 64.' },
    ...NARROWING_BY_NAME,
    ...TABLE_OPTIONS,
  ],
  destroys: true,
  examples: [
    ['pm scale api 4', 'four in all'],
    ['pm scale api +2', 'two more'],
    ['pm scale api -1', 'one less'],
  ],
  run: async (input, context) => {
    const [name = '', count = ''] = input.args;
    // `pm scale 4 api` is a slip of the hand; God would look for an app called 4.
    if (!/^[+-]?\d+$/.test(count)) {
      const swapped = /^[+-]?\d+$/.test(name) ? ` Did you mean \`pm scale ${count} ${name}\`?` : '';
      throw pmError('BAD_ARGUMENT', {
        message: `Cannot scale to ${count}`,
        hint: `Give a number: 4 sets it, +2 and -1 change it.${swapped}`,
      });
    }
    const targets = targetsOf([], input, context);
    const satan = await satanFor(targets, context);
    const params = { name, count, targets };
    const started = await allowingMany(flag(input, 'force'), context, (force) =>
      satan.call('scale', { ...params, force }),
    );
    return follow(started, input, context);
  },
});
