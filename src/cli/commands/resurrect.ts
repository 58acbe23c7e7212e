import { existsSync, writeFileSync } from 'node:fs';
import { isLeftBehind } from '../../home';
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
    if (isBoot && (await isStartedAgain(context))) return {};
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
 * An init system starts its service again when God has crashed, or has handed over (`pm update`). Nothing but God is
 * missing then: what was deleted since `pm save` must not come back.
 */
async function isStartedAgain(context: Context): Promise<boolean> {
  const home = context.home();
  const hasCrashed = isLeftBehind(home.lockFile);
  const hasMoved = await moveGodIntoService(context);
  const { god } = await context.satan();
  // The init system knows its main process by this file, and may have removed it together with the one before.
  if (!existsSync(home.pidFile)) writeFileSync(home.pidFile, String(god.pid), { mode: 0o600 });
  if (hasMoved !== false && !hasCrashed) return false;
  context.output.info(`God (pid ${god.pid}) goes on with its list`);
  return true;
}

/**
 * A God that somebody has started by hand belongs to a login session and may end with it; the init system would refuse
 * to take it for the service's. One of our own takes over; apps are not touched.
 *
 * @returns false: the one that runs is the service's already; null: none runs
 */
async function moveGodIntoService(context: Context): Promise<boolean | null> {
  const old = await context.satanIfRunning().catch(() => null);
  if (old === null) return null;
  if (cgroupOf(old.god.pid) === cgroupOf(process.pid)) return false;
  context.output.info(`God (pid ${old.god.pid}) was started outside of this service, and hands over`);
  await replaceGod(context.home(), async () => {
    await old.call('handOver', { successor: null });
  });
  return true;
}
