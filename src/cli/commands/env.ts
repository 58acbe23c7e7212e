import { pmError } from '../../errors';
import type { Command } from '../command';
import { allDetails } from '../details';
import { pm2Record } from '../render/pm2-record';
import { printable } from '../render/text-width';

export const makeEnv = (): Command => ({
  name: 'env',
  args: '<id>',
  description:
    'Prints the environment of an instance as `name: value`, with the facts that apps are told as variables.',
  options: [],
  examples: [['pm env 0', 'all that instance 0 sees']],
  run: async ({ args: [id = ''] }, context) => {
    const detail = (await allDetails(context)).find(({ view }) => String(view.id) === id);
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
