import { hasCode, pmError } from '../../errors';
import type { Command } from '../command';
import { NARROWING_BY_NAME, TABLE_OPTIONS } from '../line/global-options';
import { tableView } from '../table';
import { satanFor, targetsOf } from '../targets';

export const makeSend = (): Command => ({
  name: 'send',
  args: '<selector> <line>',
  description: 'Writes a line to the standard input of instances.',
  options: [...NARROWING_BY_NAME, ...TABLE_OPTIONS],
  destroys: true,
  examples: [['pm send 0 "reload config"', 'the line, with a line break']],
  run: async (input, context) => {
    const [id = '', line = ''] = input.args;
    const targets = targetsOf([id], input, context);
    const satan = await satanFor(targets, context);
    try {
      const { delivered } = await satan.call('input', { targets, text: `${line}\n` });
      if (delivered === 0)
        throw pmError('BAD_ARGUMENT', {
          message: `Process with ID <${id}> is not running, or does not read its input`,
        });
    } catch (error) {
      if (!hasCode(error, 'ID_UNKNOWN') && !hasCode(error, 'NOT_FOUND')) throw error;
      throw pmError('BAD_ARGUMENT', { message: `Process with ID <${id}> unknown.`, hint: error.hint });
    }
    return tableView(input, context);
  },
});
