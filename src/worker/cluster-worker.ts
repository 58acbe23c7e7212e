import cluster from 'node:cluster';
import type { Server } from 'node:net';
import type { ListenRequest } from '../protocol/worker';
import { countEnds, onShimMessage } from './channel';
import { drain, trackServer } from './drain';
import type { ListenerHandle } from './listener-handle';
import { createListeners } from './listeners';

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
  const listeners = createListeners();
  const anyPort = new Map<string, number>();
  const stock = (cluster as unknown as { _getServer: GetServer })._getServer;

  const getServer: GetServer = (server, query, onHandle) => {
    const request = toRequest(query, anyPort);
    if (request === null) stock(server, query, onHandle);
    else {
      listeners.ask(
        request,
        (listener, countEnded) => {
          trackServer(server, countEnded ? countEnds(listener) : null);
        },
        onHandle,
      );
    }
  };
  (cluster as unknown as { _getServer: GetServer })._getServer = getServer;

  onShimMessage((message, handle) => {
    if (listeners.onMessage(message, handle)) return;
    if (message.type === 'drain' || message.type === 'fence-reply') drain.onMessage(message.type);
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
