import type { Target } from './clients/client';
import type { Tallies } from './tally';

/** Harness → process of clients. */
export type ToClients =
  | {
      readonly type: 'run';
      /** Names of client classes. */
      readonly classes: readonly string[];
      readonly target: Omit<Target, 'localAddress'>;
      /** Tells the addresses of one process's clients from another's. */
      readonly processNumber: number;
    }
  /** Long clients end what they have and begin nothing more; answered by `calm`. */
  | { readonly type: 'calm' }
  /** From now on idle workers are killed; answered by `kills`, so that no kill comes before. */
  | { readonly type: 'kills' }
  /** Answered by `report`. */
  | { readonly type: 'stop' };

/** Process of clients → harness. */
export type FromClients =
  | { readonly type: 'calm' }
  | { readonly type: 'kills' }
  /** Every class has had its first answers. */
  | { readonly type: 'warm' }
  | { readonly type: 'report'; readonly tallies: Tallies; readonly losses: readonly string[] };
