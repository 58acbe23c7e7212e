import type { ShimEvent, WorkerReport } from '../../protocol/shim';

/** What can happen to God. Everything that wants to change a state comes as one of these. */
export type LoopEvent =
  | { readonly type: 'shim-event'; readonly shimId: string; readonly event: ShimEvent }
  /** What `ask-snapshot` asked for. */
  | { readonly type: 'shim-snapshot'; readonly shimId: string; readonly workers: readonly WorkerReport[] }
  /** The shim is dead, and so (or soon) are its workers. */
  | { readonly type: 'shim-lost'; readonly shimId: string; readonly why: string }
  /** A start never reached the shim, or was refused: no event of that worker will come. */
  | { readonly type: 'start-failed'; readonly key: string; readonly error: string }
  | { readonly type: 'orphan-ended'; readonly instanceId: number; readonly key: string }
  /** What `persist` asked for: on disk, or why it is not. */
  | {
      readonly type: 'persisted';
      readonly appId: string;
      readonly rolloutId: string;
      readonly failure: string | null;
    }
  | { readonly type: 'wait-over'; readonly instanceId: number }
  | { readonly type: 'look-again'; readonly key: string }
  /** A command whose change is on disk. */
  | { readonly type: 'command'; readonly run: () => void }
  /** The last one: whatever comes after it is the next God's, who learns it from the disk and the shims. */
  | { readonly type: 'hand-over' };
