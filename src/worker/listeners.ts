import type { ListenRequest, ToWorker } from '../protocol/worker';
import { failpoint } from '../failpoints';
import { send } from './channel';
import {
  createListenerHandle,
  hasRoom,
  openForClients,
  type ListenerHandle,
  type RawHandle,
} from './listener-handle';
import { stayAlive } from './stay';

type Message<T extends ToWorker['type']> = Extract<ToWorker, { type: T }>;

/** This worker's side of the broker: what it asked for, what it listens on, what it is given. */
export interface Listeners {
  /** null: refused, for the reason in the reply. */
  ask(
    request: ListenRequest,
    onReply: (reply: Message<'listen-reply'>, handle: ListenerHandle | null) => void,
  ): void;
  /** False: not a message for listeners. */
  onMessage(message: ToWorker, handle: unknown): boolean;
}

export function createListeners(): Listeners {
  const handles = new Map<string, ListenerHandle>();
  const pending = new Map<number, (reply: Message<'listen-reply'>) => void>();
  let lastId = 0;

  const open = ({ listener, sockname }: Message<'listen-reply'>): ListenerHandle => {
    const handle = createListenerHandle(sockname, () => {
      handles.delete(listener);
      send({ type: 'close', listener });
    });
    handles.set(listener, handle);
    return handle;
  };

  return {
    ask: (request, onReply) => {
      const id = ++lastId;
      const release = stayAlive();
      pending.set(id, (reply) => {
        release();
        onReply(reply, reply.errno === 0 ? open(reply) : null);
      });
      send({ type: 'listen', id, request });
    },
    onMessage: (message, handle) => {
      // Node hands null where the descriptor could not be passed on (the client has gone, say).
      const raw = (handle ?? undefined) as RawHandle | undefined;
      if (message.type === 'listen-reply') {
        const onReply = pending.get(message.id);
        pending.delete(message.id);
        onReply?.(message);
      } else if (message.type === 'connection') receive(handles.get(message.listener), message, raw);
      else if (message.type === 'socket') {
        const listener = handles.get(message.listener);
        if (message.notYet === true) {
          if (raw !== undefined) openForClients(raw, message.backlog);
        } else if (raw === undefined)
          send({ type: 'socket-lost', listener: message.listener, socket: message.socket });
        else if (listener === undefined) raw.close();
        else listener.attach(message.socket, raw, message.backlog);
      } else if (message.type === 'return-socket') handles.get(message.listener)?.detach(message.socket);
      else return false;
      return true;
    },
  };
}

/** The answer goes out before the connection is read: from then on it is ours alone. */
function receive(
  handle: ListenerHandle | undefined,
  message: Message<'connection'>,
  client: RawHandle | undefined,
): void {
  failpoint('connection');
  const { listener, connection, final } = message;
  if (client === undefined) {
    send({ type: 'ack', listener, connection, taken: false, lost: true });
    return;
  }
  const taken = handle !== undefined && (final || hasRoom(handle));
  send({ type: 'ack', listener, connection, taken });
  if (taken) handle.onconnection?.(0, client);
  else client.close();
}
