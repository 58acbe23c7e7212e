import type { RolloutMode } from './rollout';

export interface MemoryFacts {
  /** Resident memory of the workers that a reload replaces; null: it could not be measured. */
  readonly neededBytes: number | null;
  /** What the machine, or the cgroup that pm runs in, still has; null: it could not be read. */
  readonly availableBytes: number | null;
  /** How many workers serve. */
  readonly serving: number;
  /** Old and new can listen side by side: the app is a cluster, or its listeners are held. */
  readonly canShare: boolean;
}

export interface ModeChoice {
  readonly mode: RolloutMode;
  /** Why, for the user; null where there was no choice. */
  readonly why: string | null;
}

/** Two of everything may take no more than this share of what is free: the rest is for the load that comes meanwhile. */
const SHARE = 0.5;

/** `auto`: prove all, then switch, as long as two of everything fit (D19). */
export function decideReloadMode(
  asked: 'auto' | RolloutMode,
  { neededBytes, availableBytes, serving, canShare }: MemoryFacts,
): ModeChoice {
  if (!canShare) {
    const why =
      asked === 'atomic'
        ? 'two processes of this app cannot listen on one port, so it is renewed one by one'
        : null;
    return { mode: 'rolling', why };
  }
  if (asked !== 'auto') return { mode: asked, why: null };
  // Of one there is nothing to be mixed, and nothing to wait for.
  if (serving <= 1) return { mode: 'rolling', why: null };
  if (neededBytes === null || availableBytes === null) return { mode: 'atomic', why: null };
  if (neededBytes <= availableBytes * SHARE) return { mode: 'atomic', why: null };
  return {
    mode: 'rolling',
    why: `${serving} new workers need about ${inMb(neededBytes)}, more than half of the ${inMb(availableBytes)} that are free`,
  };
}

const inMb = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)} MB`;
