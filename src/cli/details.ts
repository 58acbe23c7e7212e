import { hasCode } from '../errors';
import type { InstanceDetail } from '../satan';
import type { Context } from './command';

/** Every instance with all that God knows of it, by id; empty when nothing is managed. */
export async function allDetails(context: Context): Promise<InstanceDetail[]> {
  const satan = await context.satan();
  try {
    const { details } = await satan.call('describe', { targets: { selectors: ['all'] } });
    return [...details].sort((a, b) => a.view.id - b.view.id);
  } catch (error) {
    // "all of nothing" is an error where something is to be done, and an empty list here.
    if (hasCode(error, 'NO_PROCESS')) return [];
    throw error;
  }
}
