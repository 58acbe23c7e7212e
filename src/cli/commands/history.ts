import type { Command } from '../command';
import { NARROWING_BY_NAME } from '../line/global-options';
import { renderHistory } from '../render/history';
import { satanFor, targetsOf } from '../targets';

export const makeHistory = (): Command => ({
  name: 'history',
  args: '<selector...>',
  description:
    'The generations of an app: each version that it had, who brought it and when, and what was changed. `pm rollback` goes back to one.',
  options: [{ flags: '--json', help: 'as JSON' }, ...NARROWING_BY_NAME],
  examples: [['pm history api', 'the versions that api had, newest last']],
  run: async (input, context) => {
    const targets = targetsOf(input.args, input, context);
    const { apps } = await (await satanFor(targets, context)).call('history', { targets });
    if (input.options['json'] === true) return { text: JSON.stringify(apps, null, 2), data: true };
    return { text: apps.map((app) => renderHistory(app, context.output.paint, context.nowMs())).join('\n') };
  },
});
