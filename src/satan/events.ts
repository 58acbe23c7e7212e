import type { Home } from '../home';
import type { ControlEvents } from '../protocol/control';
import { subscribe, type Subscription } from '../wire';

/** What God publishes about instances. */
export type ProcessEvent = ControlEvents['process:event'];

/** Nobody waits for it: who hears nothing asks again. */
const CONNECT_DEADLINE_MS = 2000;

/**
 * Hears what happens to instances. Events are no log: one who does not read for long is disconnected, and told so by
 * `onClose`; the state itself is asked for with `list`.
 *
 * @returns null when no God listens
 */
export async function subscribeEvents(
  home: Home,
  onEvent: (event: ProcessEvent) => void,
): Promise<Subscription | null> {
  try {
    return await subscribe(
      home.pubSocket,
      (topic, packet) => {
        if (topic === 'process:event' && isEvent(packet)) onEvent(packet);
      },
      { deadlineMs: CONNECT_DEADLINE_MS },
    );
  } catch {
    return null;
  }
}

const isEvent = (packet: unknown): packet is ProcessEvent => {
  const { id, name, event } = (
    typeof packet === 'object' && packet !== null ? packet : {}
  ) as Partial<ProcessEvent>;
  return typeof id === 'number' && typeof name === 'string' && typeof event === 'string';
};
