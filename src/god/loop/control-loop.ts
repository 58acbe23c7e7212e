import type { LoopEvent } from '../core/events';
import type { God } from '../core/god';
import { onLookAgain, onOrphanEnded, onShimEvent, onShimLost, onStartFailed } from './worker-events';
import { onWaitOver } from './instance';
import { onPersisted } from './rollouts';
import { bringInLine } from '../adoption/bring-in-line';

/**
 * The single writer: events are handled one after the other, each completely, and nothing is awaited, so a 60 s drain
 * never delays a stop. An event that arises while one is handled waits for its turn.
 *
 * @param onIdle called when every event has been handled
 */
export function makeControlLoop(
  god: () => God,
  onIdle: () => void = () => undefined,
): (event: LoopEvent) => void {
  const queue: LoopEvent[] = [];
  let isRunning = false;
  let isHandedOver = false;
  return (event) => {
    if (isHandedOver) return;
    isHandedOver = event.type === 'hand-over';
    queue.push(event);
    if (isRunning) return;
    isRunning = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) handleSafely(god(), next);
    } finally {
      isRunning = false;
    }
    onIdle();
  };
}

/**
 * A bug in the handling of one event must not end God: it would be revived, be told the same event again, and end
 * again. It is said loudly, and what it did to the picture of that shim is put right.
 */
function handleSafely(god: God, event: LoopEvent): void {
  try {
    handle(god, event);
  } catch (error) {
    god.log(
      `bug: event ${event.type} failed: ${error instanceof Error ? String(error.stack) : String(error)}`,
    );
    // The shim was told that it is taken and will not say it again.
    if (event.type === 'shim-event') god.act({ kind: 'ask-snapshot', shimId: event.shimId });
  }
}

function handle(god: God, event: LoopEvent): void {
  switch (event.type) {
    case 'shim-event':
      onShimEvent(god, event.shimId, event.event);
      break;
    case 'shim-snapshot':
      bringInLine(god, event.shimId, event.workers);
      break;
    case 'shim-lost':
      onShimLost(god, event.shimId, event.why);
      break;
    case 'start-failed':
      onStartFailed(god, event.key, event.error);
      break;
    case 'orphan-ended':
      onOrphanEnded(god, event.instanceId, event.key);
      break;
    case 'persisted':
      onPersisted(god, event);
      break;
    case 'wait-over':
      onWaitOver(god, event.instanceId);
      break;
    case 'look-again':
      onLookAgain(god, event.key);
      break;
    case 'command':
      event.run();
      break;
    case 'hand-over':
      god.ending = true;
      god.timers.clearAll();
      god.shims.close();
      break;
  }
}
