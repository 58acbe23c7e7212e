import cluster from 'node:cluster';
import net, { type Server } from 'node:net';
import { resolve } from 'node:path';
import type { ListenRequest } from '../protocol/worker';
import { countEnds, onShimMessage, releaseChannel } from './channel';
import { drain, trackServer } from './drain';
import { attemptOf, failListen } from './listen-error';
import type { ListenerHandle, RawHandle } from './listener-handle';
import { createListeners } from './listeners';
import { stayAlive } from './stay';

/** What `net` asks of the cluster module for each listen of a worker, all arguments resolved by Node itself. */
interface ClusterQuery {
  readonly address?: string | null;
  readonly port?: number | null;
  readonly addressType?: number | string;
  readonly fd?: number | null;
  readonly flags?: number;
  readonly backlog?: number;
}
type OnHandle = (errno: number, handle: ListenerHandle | RawHandle | null) => void;
type GetServer = (server: SharingServer, query: ClusterQuery, onHandle: OnHandle) => void;

/** TLS servers have something that those of all workers share: whoever resumes a session may meet another worker. */
interface SharingServer extends Server {
  _getServerData?(): unknown;
  _setServerData?(data: unknown): void;
}

/**
 * Sends this worker's listeners through the shim's broker. `cluster._getServer` is the one door between `net` and
 * the cluster module: behind it Node has resolved names, `exclusive` and the like already, and what is not ours
 * (UDP) goes on to Node's own.
 */
export function joinCluster(exit: (code: number) => void): void {
  const listeners = createListeners();
  const anyPort = new Map<string, number>();
  const stock = (cluster as unknown as { _getServer: GetServer })._getServer;

  const getServer: GetServer = (server, query, onHandle) => {
    if (isStream(query)) {
      const attempt = attemptOf(server, getServer);
      const take: OnHandle = (errno, handle) => {
        if (errno === 0) onHandle(0, handle);
        else failListen(server, attempt, query, errno);
      };
      if (hasDescriptor(query)) openDescriptor(query.fd, take);
      else {
        listeners.ask(toRequest(server, query, anyPort), (reply, handle) => {
          const { listener, countEnded } = reply;
          if (handle !== null) trackServer(server, listener, countEnded ? countEnds(listener) : null);
          if (reply.data !== undefined) server._setServerData?.(reply.data);
          take(reply.errno, handle);
        });
      }
    } else {
      const release = stayAlive();
      stock(server, query, (errno, handle) => {
        release();
        onHandle(errno, handle);
      });
    }
  };
  (cluster as unknown as { _getServer: GetServer })._getServer = getServer;

  onShimMessage((message, handle) => {
    if (listeners.onMessage(message, handle)) return;
    if (message.type === 'drain' || message.type === 'fence-reply' || message.type === 'signalled')
      drain.onMessage(message);
  });
  leaveInOrder(exit);
  releaseChannel();
}

const hasDescriptor = (query: ClusterQuery): query is ClusterQuery & { fd: number } =>
  typeof query.fd === 'number' && query.fd >= 0;

/** TCP or a Unix path; UDP says `udp4`, `udp6`. */
const isStream = ({ addressType }: ClusterQuery): boolean => typeof addressType !== 'string';

/** A descriptor is a number of this process; Node's cluster would take the primary's of that number. */
function openDescriptor(fd: number, onHandle: OnHandle): void {
  const create = Reflect.get(net, '_createServerHandle') as (...args: unknown[]) => RawHandle | number;
  const handle = create(null, -1, -1, fd, 0);
  if (typeof handle === 'number') onHandle(handle, null);
  else onHandle(0, handle);
}

function toRequest(server: SharingServer, query: ClusterQuery, anyPort: Map<string, number>): ListenRequest {
  const { address = null, port = null, flags = 0, backlog = 0 } = query;
  const data = server._getServerData?.();
  const more = { backlog, flags, ...(data === undefined ? {} : { data }) };
  // The shim has another working directory. A name of the abstract namespace begins with a zero byte.
  if (query.addressType === -1) {
    const isFile = address !== null && !address.startsWith('\0');
    const path = isFile ? resolve(address) : address;
    return { ...more, address: path, port: null, addressType: -1, index: 0 };
  }
  const addressType = query.addressType === 6 ? 6 : 4;
  const place = `${String(address)}|${addressType}`;
  const index = port === 0 ? (anyPort.get(place) ?? 0) : 0;
  if (port === 0) anyPort.set(place, index + 1);
  return { ...more, address, port, addressType, index };
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
