import type { Command } from '../command';
import { makeStartOr } from '../start-or';

export const makeStartOrReload = (): Command => makeStartOr('startOrReload', 'reload');
/** PM2 has both, and they do the same. */
export const makeStartOrGracefulReload = (): Command => makeStartOr('startOrGracefulReload', 'reload');
