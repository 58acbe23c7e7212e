import type { Command } from '../command';

export const makeReloadLogs = (): Command => ({
  name: 'reloadLogs',
  args: '',
  description: 'Opens every log file anew, after an outside tool has moved the files away.',
  options: [],
  examples: [['pm reloadLogs', 'the `postrotate` line of logrotate']],
  run: async (_, context) => {
    await (await context.satan()).call('reloadLogs', {});
    context.output.info('All logs reloaded');
    return {};
  },
});
