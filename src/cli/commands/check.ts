import type { Command } from '../command';
import { readDesired } from '../desired-file';
import { FILE_OPTIONS } from '../line/global-options';

export const makeCheck = (): Command => ({
  name: 'check',
  args: '[file]',
  description:
    'Reads an ecosystem file strictly and says what is wrong with it and what would be warned of. Starts nothing and needs no daemon. Exit code 0: it is right; 1: it is not.',
  options: FILE_OPTIONS,
  exactArgs: true,
  examples: [['pm check', 'the ecosystem file of this folder']],
  run: async (input, context) => {
    const { apps, warnings } = await readDesired(input, context, []);
    for (const warning of warnings) context.output.warn(warning);
    const idle = [...new Set(apps.flatMap(({ withoutEffect }) => withoutEffect))];
    if (idle.length > 0)
      context.output.warn(`Accepted, but without effect in this version of pm: ${idle.join(', ')}`);
    const names = apps.map(({ name }) => name).join(', ');
    return { text: `${apps.length} app${apps.length === 1 ? '' : 's'}, all right: ${names}` };
  },
});
