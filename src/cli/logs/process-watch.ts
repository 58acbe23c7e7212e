import { subscribeEvents, type ProcessEvent } from '../../satan';
import type { InstanceView } from '../../model/instance';
import type { Context } from '../command';

/** Several events come with each start; one look at the list is enough for them. */
const LOOK_AFTER_MS = 50;
/** A God that died is back within a second. */
const RETRY_MS = 1000;

export interface ProcessListener {
  readonly onEvent: (event: ProcessEvent) => void;
  /** The list may have changed. */
  readonly onList: (instances: readonly InstanceView[]) => Promise<void>;
}

/** Hears of instances that come, change and go, whichever God is there. Errors are lived with: files are what counts. */
export function watchProcesses(context: Context, listener: ProcessListener): { close(): void } {
  let isClosed = false;
  let subscription: { close(): void } | null = null;
  let timer: NodeJS.Timeout | undefined;
  let looking: NodeJS.Timeout | undefined;
  const known = new Set<number>();

  const look = async (): Promise<void> => {
    const satan = await context.satanIfRunning();
    if (satan === null || isClosed) return;
    const { instances } = await satan.call('list', {});
    for (const { id } of instances) known.add(id);
    await listener.onList(instances);
  };
  const lookSoon = (): void => {
    looking ??= setTimeout(() => {
      looking = undefined;
      look().catch(() => undefined);
    }, LOOK_AFTER_MS);
  };
  const connect = async (): Promise<void> => {
    const opened = await subscribeEvents(context.home(), (event) => {
      if (!known.has(event.id)) lookSoon();
      listener.onEvent(event);
    });
    if (isClosed) opened?.close();
    else if (opened === null) again();
    else {
      subscription = opened;
      opened.onClose(again);
      // What happened before we listened.
      lookSoon();
    }
  };
  const again = (): void => {
    subscription = null;
    if (!isClosed) timer = setTimeout(() => void connect(), RETRY_MS);
  };

  void connect();
  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      clearTimeout(looking);
      subscription?.close();
    },
  };
}
