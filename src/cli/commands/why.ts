import { hasCode, pmError } from '../../errors';
import { flag, type Command } from '../command';
import { allDetails } from '../details';
import { NARROWING_BY_NAME } from '../line/global-options';
import { renderWhy, whyRecord } from '../render/why';
import { satanFor, targetsOf } from '../targets';

export const makeWhy = (): Command => ({
  name: 'why',
  args: '[selector...]',
  description:
    'Tells why instances ended: the cause, who asked for it, what they said last on stderr, what was decided and what happens next.',
  options: [{ flags: '--json', help: 'Print the same as JSON.' }, ...NARROWING_BY_NAME],
  examples: [
    ['pm why api', 'every instance of api'],
    ['pm why 3', 'the instance with id 3'],
    ['pm why', 'all of them'],
  ],
  run: async (input, context) => {
    const { output } = context;
    const details = await (async () => {
      if (input.args.length === 0) return allDetails(input, context);
      try {
        const targets = targetsOf(input.args, input, context);
        return (await (await satanFor(targets, context)).call('describe', { targets })).details;
      } catch (error) {
        if (!hasCode(error, 'NOT_FOUND') && !hasCode(error, 'ID_UNKNOWN')) throw error;
        // The words of `describe`; the hint (a similar name) is God's.
        throw pmError('BAD_ARGUMENT', {
          message: `${input.args.join(' ')} doesn't exist`,
          hint: error.hint,
        });
      }
    })();
    const nowMs = context.nowMs();
    const views = details.map(({ view }) => view);
    if (flag(input, 'json')) {
      const records = views.map((view) => whyRecord(view, nowMs));
      return { text: `${JSON.stringify(records, undefined, 2)}\n`, data: true };
    }
    if (views.length === 0) return { text: 'Nothing is managed.' };
    const columns = output.terminal.isTty ? output.terminal.columns : Infinity;
    return { text: views.map((view) => renderWhy(view, output.paint, nowMs, columns)).join('\n') };
  },
});
