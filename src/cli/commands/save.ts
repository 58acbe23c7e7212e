import { hasCode } from '../../errors';
import { flag, type Command } from '../command';

export const makeSave = (): Command => ({
  name: 'save',
  args: '',
  description: 'Writes the list to dump.json, for `pm resurrect`. The former one stays as dump.json.bak.',
  options: [{ flags: '--force', help: 'Write the list even when it is empty.' }],
  exactArgs: true,
  examples: [['pm save', 'after a change of what shall run; PM2 needs it before every reboot, pm does not']],
  run: async (input, context) => {
    context.output.info('Saving current process list...');
    const force = flag(input, 'force') || input.attributes['force'] === true || isSet(context.env['FORCE']);
    try {
      const { path } = await (await context.satan()).call('save', { force });
      context.output.info(`Successfully saved in ${path}`);
    } catch (error) {
      // As PM2: an empty list is worth a word, not a failed script.
      if (!hasCode(error, 'NOTHING_TO_SAVE')) throw error;
      context.output.warn(error.message);
      if (error.hint !== undefined) context.output.complain(error.hint);
    }
    return {};
  },
});

const isSet = (text: string | undefined): boolean => text !== undefined && text !== '';
