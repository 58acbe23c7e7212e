import type { AppSpec } from '../../model/app-spec';
import type { ExitCause, ProcessIdentity } from '../../model/instance';

/**
 * Everything that God does to the world, as data. The loop decides them and hands them to `effects/`, where each
 * kind has exactly one executor; it never waits for one: what comes of it returns as an event.
 */
export type Action =
  /** Start that worker in its shim (and the shim, if need be). */
  | { readonly kind: 'start-worker'; readonly instanceId: number; readonly key: string }
  /** It has proven itself: the broker may give it connections. */
  | { readonly kind: 'admit'; readonly key: string }
  /** Atomic reload: all of these get connections from now on, and all of those none any more, in one step. */
  | {
      readonly kind: 'switch';
      readonly admit: readonly string[];
      readonly retire: readonly { readonly key: string; readonly cause: ExitCause }[];
    }
  /** An event of this shim was lost by a bug: ask it what it has. */
  | { readonly kind: 'ask-snapshot'; readonly shimId: string }
  /** Write what is desired now; when it is on disk the rollout goes on. */
  | { readonly kind: 'persist'; readonly appId: string; readonly rolloutId: string }
  /** End it, by the ladder that belongs to the cause. */
  | { readonly kind: 'retire'; readonly key: string; readonly cause: ExitCause }
  /** Wake the instance at that time. */
  | { readonly kind: 'wait'; readonly instanceId: number; readonly untilMs: number }
  | { readonly kind: 'cancel-wait'; readonly instanceId: number }
  /** Look again whether the worker is ready. */
  | { readonly kind: 'look-again'; readonly key: string; readonly inMs: number }
  | { readonly kind: 'write-pid-file'; readonly path: string; readonly pid: number; readonly spec: FileOwner }
  | { readonly kind: 'remove-pid-file'; readonly path: string; readonly spec: FileOwner }
  /** The app's workers are what they shall be: what none of them listens on is closed. */
  | { readonly kind: 'close-listeners'; readonly shimId: string }
  /** No worker of this shim is wanted any more: close its listeners and let it go. */
  | { readonly kind: 'dismiss-shim'; readonly shimId: string }
  /** A shim died and left this worker behind; `afterMs` is its own time to notice and finish. */
  | {
      readonly kind: 'end-orphan';
      readonly instanceId: number;
      readonly key: string;
      readonly process: ProcessIdentity;
      readonly afterMs: number;
      readonly killAfterMs: number;
      /** It holds what its successor needs (port, lock, file): that one is started when it is gone. */
      readonly holdsPlace: boolean;
    };

export type ActionOf<K extends Action['kind']> = Extract<Action, { kind: K }>;

/** As whom its app runs, and so in whose name its files are touched. */
export type FileOwner = Pick<AppSpec, 'uid' | 'gid'>;
