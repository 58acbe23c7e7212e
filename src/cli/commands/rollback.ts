import { pmError } from '../../errors';
import { followSteps } from '../acting';
import type { Command } from '../command';
import { NARROWING_BY_NAME } from '../line/global-options';
import { RELOAD_OPTIONS, reloadModeOf } from '../line/reload-options';
import { satanFor, targetsOf } from '../targets';

export const makeRollback = (): Command => ({
  name: 'rollback',
  args: '<selector> [number]',
  description:
    'Reloads an app to an earlier generation: the one before, or the number that `pm history` shows. Its files must still be there: code that was changed in place cannot come back.',
  options: [...RELOAD_OPTIONS, ...NARROWING_BY_NAME],
  destroys: true,
  examples: [
    ['pm rollback api', 'the version before this one'],
    ['pm rollback api 3', 'generation 3'],
  ],
  run: async (input, context) => {
    const [selector = '', given] = input.args;
    if (given !== undefined && !/^[1-9]\d*$/.test(given)) {
      throw pmError('BAD_ARGUMENT', {
        message: `${given} is no number of a generation`,
        hint: `\`pm history ${selector}\` shows them.`,
      });
    }
    const targets = targetsOf([selector], input, context);
    const satan = await satanFor(targets, context);
    const number = given === undefined ? {} : { number: Number(given) };
    const params = { targets, ...number, ...reloadModeOf(input) };
    const started = await satan.call('rollback', params);
    for (const note of started.notes ?? []) context.output.info(note);
    await followSteps(started, context);
    return {};
  },
});
