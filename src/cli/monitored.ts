import { hasCode } from '../errors';
import type { Context, Input, View } from './command';
import { tableView } from './table';
import { satanFor, targetsOf } from './targets';

/** Sets the flag of `monitor` and `unmonitor`. An unknown target is no error, as with PM2. */
export async function setMonitored(monitored: boolean, input: Input, context: Context): Promise<View> {
  const targets = targetsOf(input.args.length === 0 ? ['all'] : input.args, input, context);
  const satan = await satanFor(targets, context);
  try {
    await satan.call('amend', { targets, monitored });
  } catch (error) {
    const isUnknown =
      hasCode(error, 'NOT_FOUND') || hasCode(error, 'ID_UNKNOWN') || hasCode(error, 'NO_PROCESS');
    if (!isUnknown) throw error;
    context.output.warn(error.message);
  }
  return tableView(input, context);
}
