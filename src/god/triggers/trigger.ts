import type { God } from '../core/god';
import type { App } from '../core/world';

/** One thing outside that may renew an app, as long as it is open. */
export interface OpenTrigger {
  close(): void;
}

/** A kind of trigger that every app may have one of. */
export interface TriggerKind {
  /** The attributes that it depends on, as text; null: the app wants none now. A new text opens it anew. */
  readonly wanted: (god: God, app: App) => string | null;
  readonly open: (god: God, app: App) => OpenTrigger;
}
