/** A TCP or Pipe wrap of Node's. */
export interface RawHandle {
  close(): void;
}

/** Stands where `net.Server` expects its listening handle; connections are put in by `onconnection`. */
export interface ListenerHandle {
  onconnection?: (error: number, client: RawHandle) => void;
  close(onClosed?: () => void): void;
  listen(backlog: number): number;
  ref(): void;
  unref(): void;
  getsockname?(out: object): number;
  /** False: the server is at its maxConnections, another worker may take it. */
  hasRoom(): boolean;
}

/** The longest time a timer takes; it only keeps the process alive, as a listening socket does. */
const FOR_EVER_MS = 2 ** 31 - 1;

/**
 * A server that listens keeps its process alive until it is closed or unref'd; the timer does that here. Node's
 * own cluster uses the same device.
 */
export function createListenerHandle(sockname: object | null, onClose: () => void): ListenerHandle {
  let keepAlive: NodeJS.Timeout | undefined = setInterval(() => undefined, FOR_EVER_MS);
  let open = true;
  const handle: ListenerHandle = {
    listen: () => 0,
    close: (onClosed) => {
      if (open) {
        open = false;
        handle.unref();
        onClose();
      }
      if (onClosed !== undefined) process.nextTick(onClosed);
    },
    ref: () => {
      if (open) keepAlive ??= setInterval(() => undefined, FOR_EVER_MS);
    },
    unref: () => {
      clearInterval(keepAlive);
      keepAlive = undefined;
    },
    hasRoom: () => hasRoom(handle),
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

interface CountingServer {
  readonly maxConnections?: number;
  readonly _connections?: number;
}

/** `net` writes the server on its handle, under a symbol of its own. */
function hasRoom(handle: ListenerHandle): boolean {
  const owner = Object.getOwnPropertySymbols(handle).find((symbol) => symbol.description === 'owner_symbol');
  const server = owner === undefined ? undefined : (Reflect.get(handle, owner) as CountingServer | undefined);
  return server?.maxConnections === undefined || (server._connections ?? 0) < server.maxConnections;
}
