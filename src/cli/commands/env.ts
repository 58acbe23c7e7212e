import { pmError } from '../../errors';
import type { Command } from '../command';
import { allDetails } from '../details';
import { NARROWING_BY_NAME } from '../line/global-options';
import { pm2Record } from '../render/pm2-record';
import { printable } from '../render/text-width';
import { choiceOf, selectViews } from '../selectors';

export const makeEnv = (): Command => ({
  name: 'env',
  args: '<selector>',
  description:
    'Prints the environment of an instance as `name: value`, with the facts that apps are told as variables.',
  options: NARROWING_BY_NAME,
  examples: [['pm env 0', 'all that instance 0 sees']],
  run: async (input, context) => {
    const [id = ''] = input.args;
    const details = await allDetails(input, context);
    const views = details.map(({ view, spec }) => ({ ...view, script: spec.script }));
    const [meant, ...others] = selectViews(views, id, choiceOf(input, context));
    const detail = details.find(({ view }) => view.id === meant?.id);
    if (others.length > 0)
      context.output.warn(
        `${id} is ${others.length + 1} instances: this is ${meant?.id ?? ''}; the others are ${others.map((view) => view.id).join(', ')}`,
      );
    if (detail === undefined)
      throw pmError('BAD_ARGUMENT', {
        message: `Modules with id ${id} not found`,
        hint: 'See `pm list` for the ids.',
      });
    const rows = Object.entries(pm2Record(detail).pm2_env).filter(([, value]) =>
      ['string', 'number', 'boolean'].includes(typeof value),
    );
    return {
      text: rows.map(([name, value]) => `${name}: ${printable(String(value))}\n`).join(''),
      data: true,
    };
  },
});
