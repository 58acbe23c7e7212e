import { hasCode, pmError } from '../../errors';
import type { Command } from '../command';
import { gitFacts } from '../git-facts';
import { NARROWING_BY_NAME } from '../line/global-options';
import { renderDescription } from '../render/describe';
import { satanFor, targetsOf } from '../targets';

export const makeDescribe = (): Command => ({
  name: 'describe',
  args: '<selector...>',
  description:
    'Prints everything about an app: paths, settings, why it is in its state, and how it ended before.',
  options: NARROWING_BY_NAME,
  examples: [
    ['pm describe api', 'every instance of api'],
    ['pm describe 3', 'the instance with id 3'],
  ],
  run: async (input, context) => {
    const { args } = input;
    const targets = targetsOf(args, input, context);
    const satan = await satanFor(targets, context);
    try {
      const { details } = await satan.call('describe', { targets });
      const { paint, terminal } = context.output;
      const nowMs = context.nowMs();
      const texts = details.map(async (detail) => {
        const git = detail.spec.vizion ? await gitFacts(detail.spec.cwd) : [];
        return renderDescription(detail, { terminal, paint, nowMs, git });
      });
      return { text: (await Promise.all(texts)).join('\n') };
    } catch (error) {
      if (!hasCode(error, 'NOT_FOUND') && !hasCode(error, 'ID_UNKNOWN')) throw error;
      // PM2's words, which scripts look for; the hint (a similar name) is God's.
      throw pmError('BAD_ARGUMENT', { message: `${args.join(' ')} doesn't exist`, hint: error.hint });
    }
  },
});
