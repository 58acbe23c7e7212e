import type { FromWorker, ToWorker } from '../protocol/worker';
import type { RawHandle } from './listener-handle';

/** The same text as protocol/worker's WORKER_COMMAND; a type import keeps the preload free of everything else. */
const COMMAND = 'NODE_PM' satisfies FromWorker['cmd'];

type Outgoing = FromWorker extends infer M ? (M extends FromWorker ? Omit<M, 'cmd'> : never) : never;

/** Sends to the shim. A channel that is gone is told by `disconnect`; here it is nothing. */
export function send(message: Outgoing): void {
  if (process.connected) process.send?.({ cmd: COMMAND, ...message }, undefined, undefined, () => undefined);
}

/** Gives a handle away: the shim has it, or it is closed. */
export function sendHandle(message: Outgoing, handle: RawHandle): void {
  const close = (): void => {
    handle.close();
  };
  if (process.connected) process.send?.({ cmd: COMMAND, ...message }, handle as never, undefined, close);
  else close();
}

/** `internalMessage` does not count as a listener that keeps the process alive, `message` would. */
export function onShimMessage(listener: (message: ToWorker, handle: unknown) => void): void {
  (process as NodeJS.EventEmitter).on('internalMessage', (message: Incoming, handle: unknown) => {
    if (isOurs(message)) listener(message, handle);
    // Node's envelope of a message that comes with a handle; where the handle could not be received it drops both.
    else if (message.cmd === 'NODE_HANDLE' && !handle && isOurs(message.msg))
      listener(message.msg, undefined);
  });
}

interface Incoming {
  readonly cmd?: unknown;
  readonly msg?: Incoming;
}

const isOurs = (message: Incoming | undefined): message is ToWorker => message?.cmd === COMMAND;

/** What Node keeps of the channel on `process.channel` and does not document. */
interface CountedChannel {
  unrefCounted?(): void;
}

/**
 * Listeners for `message` and `disconnect` keep the process alive: Node's cluster has one of each, and we another.
 * Without them an app that has closed or unref'd all that it had ends by itself, as without a channel; its own count
 * as ever.
 */
export function releaseChannel(): void {
  const channel = (process as { channel?: CountedChannel }).channel;
  const ours = process.listenerCount('disconnect') + process.listenerCount('message');
  for (let left = ours; left > 0; left--) channel?.unrefCounted?.();
}

/** Reports ended connections of a listener once per turn of the event loop, not once per connection. */
export function countEnds(listener: string): () => void {
  let count = 0;
  const report = (): void => {
    send({ type: 'ended', listener, count });
    count = 0;
  };
  return () => {
    if (count++ === 0) setImmediate(report);
  };
}
