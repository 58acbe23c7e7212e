import type { AppSpec } from '../../model/app-spec';

type Balance = Exclude<AppSpec['balance'], 'auto'>;

/** The balance in force and, for `describe`, why. */
export interface BalanceChoice {
  readonly balance: Balance;
  readonly words: string;
}

/** What the shim's Node and the system can do. */
export interface BalanceFacts {
  /** null: no shim has told yet. */
  readonly nodeVersion: string | null;
}

/** `auto` is round-robin: it runs everywhere, and spreads evenly. */
export function decideBalance(wanted: AppSpec['balance'], facts: BalanceFacts): BalanceChoice {
  if (wanted !== 'auto') return { balance: wanted, words: wanted };
  const node = facts.nodeVersion === null ? '' : `, Node ${facts.nodeVersion.replace(/^v/, '')}`;
  return { balance: 'round-robin', words: `round-robin (auto${node})` };
}
