/** What differs in one attribute, or in one variable (`env.PORT`). Secrets are masked before this is made. */
export interface AttributeDifference {
  /** As it is written in files. */
  readonly attribute: string;
  /** null: it is not set. */
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * What is done with one app. `renew` ends or replaces its processes: `reload` without a gap, `restart` with one. `scale`,
 * `start` and `amend` (what pm remembers of it, and no process sees) touch none that runs.
 */
export type ChangeKind = 'add' | 'reload' | 'restart' | 'scale' | 'start' | 'amend' | 'delete' | 'nothing';

export interface AppChange {
  readonly kind: ChangeKind;
  readonly name: string;
  readonly namespace: string;
  /** In words; null where there is nothing to say. */
  readonly why: string | null;
  readonly differences: readonly AttributeDifference[];
}

/** What would have to be done so that what runs is what a file says. */
export interface AppsPlan {
  readonly changes: readonly AppChange[];
  readonly warnings: readonly string[];
}
