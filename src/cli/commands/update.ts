import { replaceGod } from '../../launch';
import type { Command } from '../command';
import { TABLE_OPTIONS } from '../line/global-options';
import { tableView } from '../table';

export const makeUpdate = (): Command => ({
  name: 'update',
  args: '',
  description:
    'Puts a God of this version in the place of the one that runs. Apps go on: the same processes, no lost request. Works on a God that is older, newer, or does not answer.',
  options: TABLE_OPTIONS,
  examples: [['npm install -g pm-god && pm update', 'the whole upgrade']],
  run: async (input, context) => {
    const { output } = context;
    const old = await context.satanIfRunning().catch(() => null);
    if (old !== null) output.info(`God ${old.god.version} (pid ${old.god.pid}) hands over`);
    await replaceGod(context.home(), async (successor) => {
      if (old === null) throw new Error('nobody answers');
      await old.call('handOver', { successor });
    });
    // One that was ended by force may not be known to be gone yet.
    old?.close();
    await old?.closed;
    const { god } = await context.satan();
    output.info(`God ${god.version} (pid ${god.pid}) has taken over`);
    return tableView(input, context);
  },
});
