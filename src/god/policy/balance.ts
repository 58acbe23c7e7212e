import type { AppSpec } from '../../model/app-spec';
import { REUSE_PORT_NEEDS, canReusePort } from '../../model/balance';

type Balance = Exclude<AppSpec['balance'], 'auto'>;

/** The balance in force and, for `describe`, why. */
export interface BalanceChoice {
  readonly balance: Balance;
  readonly words: string;
  /** Why it cannot be had; the app must not start then, a silent fallback would be a lie. */
  readonly refusal: string | null;
}

/** What the shim's Node and the system can do. */
export interface BalanceFacts {
  /** null: no shim has told yet. */
  readonly nodeVersion: string | null;
  readonly platform: string;
}

/** `auto`: per-slot sockets where the system has them (fast, even, and nothing passes through the shim), else round-robin. */
export function decideBalance(
  wanted: AppSpec['balance'],
  { nodeVersion, platform }: BalanceFacts,
): BalanceChoice {
  const version = nodeVersion?.replace(/^v/, '') ?? null;
  const can = version !== null && canReusePort({ version, platform });
  if (wanted === 'auto') {
    const balance = can ? 'reuseport' : 'round-robin';
    const why =
      version === null ? 'its Node is not known yet' : `Node ${version} ${can ? 'has' : 'has no'} reuseport`;
    return { balance, words: `${balance} (auto: ${why})`, refusal: null };
  }
  const isImpossible = wanted === 'reuseport' && version !== null && !can;
  const refusal = `balance "reuseport" needs ${REUSE_PORT_NEEDS}; this app runs on Node ${version ?? ''} on ${platform}`;
  return { balance: wanted, words: wanted, refusal: isImpossible ? refusal : null };
}
