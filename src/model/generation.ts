import type { AppSpec } from './app-spec';

/**
 * One version of an app (D18): what it is started with, resolved once, and who brought it. What crashes comes back as
 * its own generation; a reload goes to another one, or to none at all.
 */
export interface GenerationFacts {
  /** Counts up within the app, from 1. */
  readonly number: number;
  /** Epoch ms. */
  readonly createdAtMs: number;
  /** The user whose command brought it; null: it was not said. */
  readonly by: string | null;
  /** What brought it: `start`, `reload`, `restart`, `rollback to 3`, `before generations were counted`. */
  readonly origin: string;
  /** Commit of the working copy that the script was in, 40 hex digits; null: there was none that could be read. */
  readonly revision: string | null;
  /** The script and the folder with every link resolved, as they were when the generation was made. */
  readonly realScript: string;
  readonly realCwd: string;
}

/** A generation with its spec, which for the current one is the app's own. */
export interface Generation extends GenerationFacts {
  readonly spec: AppSpec;
  /** Why it never became the app's own; null: it was, or is still to be. */
  readonly failure: string | null;
}

/** One line of `pm history`. */
export interface GenerationView extends GenerationFacts {
  readonly failure: string | null;
  /** What `pm rollback` and the next start take. */
  readonly isCurrent: boolean;
  /** Ids of the instances that run it now. */
  readonly instanceIds: readonly number[];
  /** Names of the fields of its spec in which it differs from the one before it that is still known. */
  readonly changed: readonly string[];
}

/** How many generations before the current one are kept: enough to go back to last week's, small in state.json. */
export const MAX_KEPT_GENERATIONS = 9;
