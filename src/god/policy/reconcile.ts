import type { ExitCause } from '../../model/instance';
import type { InstanceState } from '../core/lifecycle';

/**
 * What an instance is meant to be; the part of the truth that God owns.
 * `scaled away` is a deletion whose worker may finish its requests first.
 */
export type Desired = 'running' | 'stopped' | 'deleted' | 'scaled away';

export type Correction =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'start' }
  | { readonly kind: 'stop'; readonly cause: ExitCause; readonly reason: string }
  /** Nothing of it is left: take it off the list. */
  | { readonly kind: 'remove' };

const NOTHING: Correction = { kind: 'nothing' };

const FAREWELL = {
  stopped: { kind: 'stop', cause: 'stop', reason: 'stopped by command' },
  deleted: { kind: 'stop', cause: 'delete', reason: 'deleted by command' },
  'scaled away': { kind: 'stop', cause: 'scale', reason: 'scaled down' },
} as const satisfies Record<Exclude<Desired, 'running'>, Correction>;

/**
 * The one step that brings what is nearer to what is meant. Asked after every change of an instance, and for every
 * instance by a new God; it answers `nothing` where nothing changed, so adopting disturbs nobody.
 *
 * @param retiring workers of the instance that are still ending
 */
export function reconcile(desired: Desired, state: InstanceState, retiring: number): Correction {
  if (state.name === 'unreachable') return NOTHING;
  if (desired === 'running') return state.name === 'stopped' ? { kind: 'start' } : NOTHING;
  const farewell = FAREWELL[desired];
  if (state.name === 'stopped' || state.name === 'errored') {
    if (desired === 'stopped') return state.name === 'errored' ? farewell : NOTHING;
    return retiring === 0 ? { kind: 'remove' } : NOTHING;
  }
  if (state.name !== 'stopping') return farewell;
  // Already ending. A stop or delete that meets the long drain of a restart or scale-down shortens it; a scale-down
  // never prolongs anything.
  const isShorter = desired !== 'scaled away' && state.cause !== 'stop' && state.cause !== 'delete';
  return isShorter ? farewell : NOTHING;
}
