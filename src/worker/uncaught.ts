import { setTimeout } from 'node:timers';
import { inspect } from 'node:util';
import { send } from './channel';
import { drain } from './drain';

/** What Node itself exits with. */
const EXIT_CODE = 1;

/**
 * `uncaught: drain`: an exception that nobody caught is logged, the shim told, so that a replacement starts at once,
 * and what is being served is finished before the process exits. An app with a handler of its own is left alone, and
 * where nothing listens there is nothing to finish.
 */
export function drainOnUncaught(drainMs: number, exit: (code: number) => void): void {
  let leaving = false;
  process.on('uncaughtException', (error: unknown, origin: string) => {
    if (process.listenerCount('uncaughtException') > 1) return;
    process.stderr.write(`Uncaught ${inspect(error)}\n`);
    // A second one while it leaves is only logged.
    if (leaving) return;
    leaving = true;
    if (!drain.hasServers()) {
      exit(EXIT_CODE);
      return;
    }
    send({
      type: 'offline',
      why: origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception',
    });
    setTimeout(exit, drainMs, EXIT_CODE).unref();
    drain.start(() => {
      exit(EXIT_CODE);
    });
  });
}
