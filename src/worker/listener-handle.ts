import { stayAlive } from './stay';

/** A TCP or Pipe wrap of Node's. */
export interface RawHandle {
  onconnection?: ((error: number, client: RawHandle | undefined) => void) | null;
  listen(backlog: number): number;
  close(): void;
  ref(): void;
  unref(): void;
}

/** Stands where `net.Server` expects its listening handle; connections are put in by `onconnection`. */
export interface ListenerHandle {
  onconnection?: (error: number, client: RawHandle | undefined) => void;
  close(onClosed?: () => void): void;
  listen(backlog: number): number;
  ref(): void;
  unref(): void;
  getsockname?(out: object): number;
  /** Accept from this listening socket, whatever passes through the shim. */
  attach(socket: number, raw: RawHandle, backlog: number): void;
  detach(socket: number): void;
}

/** A server that listens keeps its process alive until it is closed or unref'd. */
export function createListenerHandle(sockname: object | null, onClose: () => void): ListenerHandle {
  const sockets = new Map<number, RawHandle>();
  let release: (() => void) | undefined = stayAlive();
  let open = true;
  const handle: ListenerHandle = {
    listen: () => 0,
    close: (onClosed) => {
      if (open) {
        open = false;
        handle.unref();
        // Only this worker's copies: the shim holds the sockets themselves.
        for (const raw of sockets.values()) raw.close();
        sockets.clear();
        onClose();
      }
      if (onClosed !== undefined) process.nextTick(onClosed);
    },
    ref: () => {
      if (open) release ??= stayAlive();
    },
    unref: () => {
      release?.();
      release = undefined;
    },
    attach: (socket, raw, backlog) => {
      if (!open || sockets.has(socket)) {
        raw.close();
        return;
      }
      sockets.set(socket, raw);
      raw.onconnection = (error, client) => handle.onconnection?.(error, client);
      // The handle says whether we keep the process alive; sockets that come and go must not.
      raw.unref();
      listenOn(raw, backlog);
    },
    detach: (socket) => {
      sockets.get(socket)?.close();
      sockets.delete(socket);
    },
  };
  // Only TCP handles have a name; net asks by the presence of the function.
  if (sockname !== null) {
    handle.getsockname = (out) => {
      Object.assign(out, sockname);
      return 0;
    };
  }
  return handle;
}

/** Node's own default of `backlog`. */
const DEFAULT_BACKLOG = 511;

const listenOn = (raw: RawHandle, backlog: number): number =>
  raw.listen(backlog > 0 ? backlog : DEFAULT_BACKLOG);

/**
 * Makes the kernel take connections on a socket of the shim's without accepting any: they wait for the first worker
 * that may. The state is the socket's own and stays when this copy of it is closed.
 */
export function openForClients(raw: RawHandle, backlog: number): void {
  listenOn(raw, backlog);
  raw.close();
}

interface CountingServer {
  readonly maxConnections?: number;
  readonly _connections?: number;
}

/** False: the server is at its maxConnections. `net` writes the server on its handle, under a symbol of its own. */
export function hasRoom(handle: ListenerHandle): boolean {
  const owner = Object.getOwnPropertySymbols(handle).find((symbol) => symbol.description === 'owner_symbol');
  const server = owner === undefined ? undefined : (Reflect.get(handle, owner) as CountingServer | undefined);
  return server?.maxConnections === undefined || (server._connections ?? 0) < server.maxConnections;
}
