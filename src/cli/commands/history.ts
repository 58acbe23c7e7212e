import type { Command } from '../command';
import { renderHistory } from '../render/history';

export const makeHistory = (): Command => ({
  name: 'history',
  args: '<selector...>',
  description:
    'The generations of an app: each version that it had, who brought it and when, and what was changed. `pm rollback` goes back to one.',
  options: [{ flags: '--json', help: 'as JSON' }],
  examples: [['pm history api', 'the versions that api had, newest last']],
  run: async ({ args, options }, context) => {
    const satan = await context.satan();
    const { apps } = await satan.call('history', { targets: { selectors: args } });
    if (options['json'] === true) return { text: JSON.stringify(apps, null, 2), data: true };
    return { text: apps.map((app) => renderHistory(app, context.output.paint, context.nowMs())).join('\n') };
  },
});
