import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pmError } from '../../errors';
import { followSteps } from '../acting';
import type { Command, Context } from '../command';

/** Apps are down by then; what is left to God is to remove its socket and lock and to exit. */
const EXIT_DEADLINE_MS = 5000;

export const makeKill = (): Command => ({
  name: 'kill',
  args: '',
  description: 'Stops and forgets every app, and ends God. Log files stay.',
  options: [],
  destroys: true,
  exactArgs: true,
  examples: [['pm kill', 'end everything']],
  run: async (_, context) => {
    const satan = (await context.satanIfRunning()) ?? (hasShims(context) ? await context.satan() : null);
    if (satan === null) {
      context.output.info('No God is running, nothing to kill');
      return {};
    }
    await followSteps(await satan.call('kill', {}), context);
    context.output.info('[v] All Applications Stopped');
    const timer = new AbortController();
    const late = delay(EXIT_DEADLINE_MS, 'late' as const, { signal: timer.signal }).catch(
      () => 'late' as const,
    );
    const end = await Promise.race([satan.closed, late]);
    timer.abort();
    if (end === 'late')
      throw pmError('GOD_UNREACHABLE', {
        why: 'all apps are stopped, but it does not exit',
        pid: satan.god.pid,
      });
    context.output.info('[v] PM Daemon Stopped');
    return {};
  },
});

/** God is dead but its shims are not: only a God knows how to end them. */
function hasShims(context: Context): boolean {
  return readdirSync(context.home().shimsDir).length > 0;
}
