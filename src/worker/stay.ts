// By name, not the globals: test libraries and the like replace those.
import { clearInterval, setInterval } from 'node:timers';

/** The longest time a timer takes. */
const FOR_EVER_MS = 2 ** 31 - 1;

/**
 * Keeps the process alive, as a listening socket does, until the returned function is called. Node's own cluster
 * uses the same device.
 */
export function stayAlive(): () => void {
  const timer = setInterval(() => undefined, FOR_EVER_MS);
  return () => {
    clearInterval(timer);
  };
}
