import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { performance } from 'node:perf_hooks';
import { send } from './channel';

/** Long enough that the reading of a module from a slow disk does not look like it. */
const LOOK_EVERY_MS = 250;
/** Of that time the event loop waited: a main module that awaits at its top level (`for await (job of queue)`) runs. */
const WAITING_SHARE = 0.9;

/**
 * Tells the shim when the app's own program has run: its main module is loaded. Until then this process being alive says
 * nothing about the app; on a busy machine the start of Node alone takes seconds. A module of the old kind has run when the
 * first tick comes; one of the new kind (ESM) is only begun then.
 */
export function reportRunning(): void {
  const main = watchMainModule();
  process.nextTick(() => {
    main.whenLoaded(() => {
      send({ type: 'running' });
    });
  });
}

interface MainModule {
  /** Asked in the first tick. Called once. */
  whenLoaded(listener: () => void): void;
}

interface ImportMessage {
  readonly parentURL?: unknown;
}

/** Node tells it in two ways, by version: its own `exit` handler, there while the module loads (20), or a channel (22 on). */
function watchMainModule(): MainModule {
  let isImported = false;
  let onLoaded: () => void = () => undefined;
  const begun = (message: unknown): void => {
    if ((message as ImportMessage).parentURL === undefined) isImported = true;
  };
  const ended = (message: unknown): void => {
    if ((message as ImportMessage).parentURL === undefined) onLoaded();
  };
  const onRemoved = (event: string | symbol, { name }: { readonly name: string }): void => {
    if (event === 'exit' && name === UNSETTLED_HANDLER) onLoaded();
  };
  subscribe(IMPORT_BEGUN, begun);
  for (const channel of IMPORT_ENDED) subscribe(channel, ended);
  let timer: NodeJS.Timeout | undefined;
  const forget = (): void => {
    clearInterval(timer);
    process.off('removeListener', onRemoved);
    unsubscribe(IMPORT_BEGUN, begun);
    for (const channel of IMPORT_ENDED) unsubscribe(channel, ended);
  };
  return {
    whenLoaded: (listener) => {
      onLoaded = () => {
        onLoaded = () => undefined;
        // Never within the emit or publish that told it.
        process.nextTick(forget);
        listener();
      };
      const isLoading =
        isImported || process.listeners('exit').some(({ name }) => name === UNSETTLED_HANDLER);
      if (!isLoading) {
        onLoaded();
        return;
      }
      process.on('removeListener', onRemoved);
      timer = untilItWaits(() => {
        onLoaded();
      });
    },
  };
}

const UNSETTLED_HANDLER = 'handleProcessExit';
const IMPORT_BEGUN = 'tracing:module.import:start';
const IMPORT_ENDED = ['tracing:module.import:asyncEnd', 'tracing:module.import:error'];

function untilItWaits(listener: () => void): NodeJS.Timeout {
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { idle, active } = performance.eventLoopUtilization(now, before);
    before = now;
    if (idle >= WAITING_SHARE * (idle + active)) listener();
  }, LOOK_EVERY_MS);
  return timer.unref();
}
