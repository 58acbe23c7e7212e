import cluster from 'node:cluster';
import type { Server } from 'node:net';
import type { ListenRequest } from '../protocol/worker';
import { onShimMessage, send } from './channel';
import { drain, trackServer } from './drain';
import { createListenerHandle, type ListenerHandle, type RawHandle } from './listener-handle';

/** What `net` asks of the cluster module for each listen of a worker, all arguments resolved by Node itself. */
interface ClusterQuery {
  readonly address?: string | null;
  readonly port?: number | null;
  readonly addressType?: number | string;
  readonly fd?: number | null;
  readonly flags?: number;
  readonly backlog?: number;
}
type GetServer = (
  server: Server,
  query: ClusterQuery,
  onHandle: (errno: number, handle: ListenerHandle | null) => void,
) => void;

/**
 * Sends this worker's listeners through the shim's broker. `cluster._getServer` is the one door between `net` and
 * the cluster module: behind it Node has resolved names, `exclusive`, `fd` and the like already, and what is not
 * ours (UDP, descriptors) goes on to Node's own.
 */
export function joinCluster(exit: (code: number) => void): void {
  const handles = new Map<string, Set<ListenerHandle>>();
  const pending = new Map<
    number,
    (reply: { listener: string; errno: number; sockname: object | null }) => void
  >();
  const anyPort = new Map<string, number>();
  const stock = (cluster as unknown as { _getServer: GetServer })._getServer;
  let lastId = 0;

  const getServer: GetServer = (server, query, onHandle) => {
    const request = toRequest(query, anyPort);
    if (request === null) {
      stock(server, query, onHandle);
      return;
    }
    const id = ++lastId;
    pending.set(id, ({ listener, errno, sockname }) => {
      if (errno !== 0) {
        onHandle(errno, null);
        return;
      }
      const same = handles.get(listener) ?? new Set();
      handles.set(listener, same);
      const handle = createListenerHandle(sockname, () => {
        same.delete(handle);
        // The broker knows one membership per worker, however many servers share the address.
        if (same.size === 0 && handles.delete(listener)) send({ type: 'close', listener });
      });
      same.add(handle);
      trackServer(server);
      onHandle(0, handle);
    });
    send({ type: 'listen', id, request });
  };
  (cluster as unknown as { _getServer: GetServer })._getServer = getServer;

  onShimMessage((message, client) => {
    if (message.type === 'listen-reply') {
      const onReply = pending.get(message.id);
      pending.delete(message.id);
      onReply?.(message);
    } else if (message.type === 'connection') {
      const [handle] = handles.get(message.listener) ?? [];
      receive(handle, message, client as RawHandle | null | undefined);
    } else drain.onMessage(message.type);
  });
  leaveInOrder(exit);
}

/** null: not for the broker. */
function toRequest(query: ClusterQuery, anyPort: Map<string, number>): ListenRequest | null {
  const { address = null, port = null, addressType, fd, flags = 0, backlog = 0 } = query;
  const hasDescriptor = typeof fd === 'number' && fd >= 0;
  if (hasDescriptor || (addressType !== 4 && addressType !== 6 && addressType !== -1)) return null;
  const place = `${String(address)}|${String(addressType)}`;
  const index = port === 0 ? (anyPort.get(place) ?? 0) : 0;
  if (port === 0) anyPort.set(place, index + 1);
  return { address, port: addressType === -1 ? null : port, addressType, backlog, flags, index };
}

function receive(
  handle: ListenerHandle | undefined,
  message: { listener: string; connection: number },
  client: RawHandle | null | undefined,
): void {
  // Node hands null when the descriptor could not be passed on (the client has gone, say).
  const taken = handle !== undefined && client !== undefined && client !== null && handle.hasRoom();
  send({ type: 'ack', listener: message.listener, connection: message.connection, taken });
  if (taken) handle.onconnection?.(0, client);
  else client?.close();
}

/** Set when a worker is on its way out, so that Node's own handler does not end it at once. */
interface LeavingWorker {
  exitedAfterDisconnect: boolean;
  disconnect(): unknown;
}

/** An exit code that no Node program uses by itself: its shim is gone. */
const ORPHANED = 113;
/** An orphan has nobody who would end it: a client that never leaves must not keep it for ever. */
const ORPHAN_DEADLINE_MS = 30_000;

/**
 * Node ends a worker at once, with code 0, when the channel to its primary breaks. Ours finishes what it has and
 * exits with a code that says so (D15). An app that calls `worker.disconnect()` itself means to leave: its
 * listeners close first, as Node's own would.
 */
function leaveInOrder(exit: (code: number) => void): void {
  const worker = cluster.worker as LeavingWorker | undefined;
  if (worker === undefined) return;
  const stock = worker.disconnect.bind(worker);
  worker.disconnect = () => {
    drain.closeListeners();
    return stock();
  };
  process.prependListener('disconnect', () => {
    if (worker.exitedAfterDisconnect) return;
    worker.exitedAfterDisconnect = true;
    setTimeout(exit, ORPHAN_DEADLINE_MS, ORPHANED).unref();
    drain.start(() => {
      exit(ORPHANED);
    });
  });
}
