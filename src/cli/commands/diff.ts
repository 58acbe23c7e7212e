import type { Command } from '../command';
import { makeApply } from '../applying';

export const makeDiff = (): Command => {
  const { options, run } = makeApply();
  return {
    name: 'diff',
    args: '[file]',
    description:
      'Says app by app and attribute by attribute what `pm apply` would do, and does nothing. Exit code 0: nothing to do; 2: something; 1: an error.',
    options,
    exactArgs: true,
    examples: [['pm diff ecosystem.config.js', 'what differs from what runs']],
    run: (input, context) => run({ ...input, options: { ...input.options, dryRun: true } }, context),
  };
};
