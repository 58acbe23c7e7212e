import { replaceGod } from '../../launch';
import { cgroupOf } from '../../platform';
import { follow } from '../acting';
import type { Command, Context } from '../command';
import { TABLE_OPTIONS } from '../line/global-options';
import { tableView } from '../table';

export const makeResurrect = (): Command => ({
  name: 'resurrect',
  args: '',
  description:
    'Starts what `pm save` has kept and is not in the list. Names that are in the list are left alone.',
  options: [{ flags: '--boot', help: 'For boot scripts: does not wait for the apps.' }, ...TABLE_OPTIONS],
  examples: [['pm resurrect', 'after `pm kill`']],
  run: async (input, context) => {
    const { output } = context;
    const isBoot = input.options['boot'] === true;
    if (isBoot) await moveGodIntoService(context);
    output.info('Resurrecting');
    const { path, warnings, ...started } = await (await context.satan()).call('resurrect', {});
    for (const warning of warnings) output.warn(warning);
    if (path === null) output.info(`No list was saved in ${context.home().dumpFile}`);
    else output.info(`Restoring processes located in ${path}`);
    if (isBoot) return {};
    return path === null ? tableView(input, context) : follow(started, input, context);
  },
});

/**
 * A God that somebody has started by hand belongs to a login session and may end with it; the init system would refuse
 * to take it for the service's. One of our own takes over; apps are not touched.
 */
async function moveGodIntoService(context: Context): Promise<void> {
  const old = await context.satanIfRunning().catch(() => null);
  if (old === null || cgroupOf(old.god.pid) === cgroupOf(process.pid)) return;
  context.output.info(`God (pid ${old.god.pid}) was started outside of this service, and hands over`);
  await replaceGod(context.home(), async () => {
    await old.call('handOver', { successor: null });
  });
}
