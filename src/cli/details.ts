import { hasCode } from '../errors';
import type { InstanceDetail } from '../satan';
import { isWithin } from '../model/selector';
import type { Context, Input } from './command';
import { narrowingOf } from './selectors';

/** Every instance (that the command is not narrowed away from) with all that God knows of it, by id; empty when there is none. */
export async function allDetails(input: Input, context: Context): Promise<InstanceDetail[]> {
  const satan = await context.satan();
  try {
    const { details } = await satan.call('describe', { targets: { selectors: ['all'] } });
    const within = narrowingOf(input);
    return details.filter(({ view }) => isWithin(view, within)).sort((a, b) => a.view.id - b.view.id);
  } catch (error) {
    // "all of nothing" is an error where something is to be done, and an empty list here.
    if (hasCode(error, 'NO_PROCESS')) return [];
    throw error;
  }
}
