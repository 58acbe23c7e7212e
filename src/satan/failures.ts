import { pmError, reasonOf, type PmError } from '../errors';
import type { Home } from '../home';
import { WireFailure } from '../wire';

/** What a failed connection or call means to the person at the terminal. Refusals of God pass through as they are. */
export async function worded(error: unknown, home: Home, doing: string): Promise<unknown> {
  if (!(error instanceof WireFailure)) return error;
  if (error.kind === 'permission')
    return pmError('PERMISSION', { path: home.rpcSocket, why: error.message }, { cause: error });
  return unreachable(home, why(error, doing), error);
}

/**
 * The pid comes from the lock, which tells a God from a stranger that got the same pid after it (pm.pid alone cannot):
 * the hint says `kill -9 <pid>`.
 */
async function unreachable(home: Home, reason: string, cause: unknown): Promise<PmError> {
  // Only now: locks come with everything that tells processes apart, 4 ms that no answered call needs.
  const { ownerOf } = await import('../home');
  return pmError('GOD_UNREACHABLE', { why: reason, pid: ownerOf(home.lockFile) ?? undefined }, { cause });
}

function why(failure: WireFailure, doing: string): string {
  switch (failure.kind) {
    case 'timeout':
      return `${doing}: no answer in time`;
    case 'closed':
      return `${doing}: it closed the connection`;
    case 'refused':
    case 'missing':
    case 'permission':
      return `${doing}: ${reasonOf(failure)}`;
  }
}
