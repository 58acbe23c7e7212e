import { pmError } from '../../errors';
import type { NormaliseContext } from './context';

/** Who an app runs as, in numbers. */
export interface Owner {
  readonly uid?: number;
  readonly gid?: number;
  readonly username: string;
  /** Home of the user given; PM2 sets HOME to it. */
  readonly home?: string;
}

/**
 * Resolves `uid` and `gid`. A uid without gid brings the user's own group: PM2 keeps the group of root there, with
 * which the app could still write what root's group may.
 * @throws PmError USER_NOT_FOUND
 */
export function resolveOwner(uid: unknown, gid: unknown, context: NormaliseContext): Owner {
  const user = isIdOrName(uid) ? userOf(uid, context) : undefined;
  const group = isIdOrName(gid) ? groupOf(gid, context) : user?.gid;
  return {
    username: user?.name ?? context.username,
    ...(user === undefined ? {} : { uid: user.uid }),
    ...(group === undefined ? {} : { gid: group }),
    ...(user?.home === undefined ? {} : { home: user.home }),
  };
}

const isIdOrName = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

/** A number needs no entry in /etc/passwd: containers run as users that have none. */
function userOf(
  nameOrId: string | number,
  context: NormaliseContext,
): { uid: number; gid?: number; name: string; home?: string } {
  const known = context.lookupUser(nameOrId);
  if (known !== null) return known;
  if (typeof nameOrId === 'number') return { uid: nameOrId, name: String(nameOrId) };
  throw pmError('USER_NOT_FOUND', { user: nameOrId });
}

function groupOf(nameOrId: string | number, context: NormaliseContext): number {
  const known = context.lookupGroup(nameOrId) ?? (typeof nameOrId === 'number' ? nameOrId : null);
  if (known === null) throw pmError('USER_NOT_FOUND', { user: String(nameOrId) });
  return known;
}
