import type { Command } from '../command';
import { makeStartOr } from '../start-or';

export const makeStartOrRestart = (): Command => makeStartOr('startOrRestart', 'restart');
