import type net from 'node:net';

/** The parts of http.ServerResponse that count here; HTTP/2 has none of them, and takes no harm. */
export interface Response {
  readonly req?: unknown;
  headersSent: boolean;
  shouldKeepAlive: boolean;
}

/** The parts of a connection of http.Server: the response that is written now, and the newest request. */
interface HttpSocket extends net.Socket {
  readonly _httpMessage?: Response | null;
  readonly parser?: { readonly incoming?: unknown } | null;
}

/** The response on each connection that we have made its last. */
const lastOnes = new WeakMap<object, Response>();

/**
 * Node writes `Connection: close` and ends the connection after a response that should not be kept alive. Of
 * pipelined requests only the last may be answered so, for those behind it would get no answer; on such a
 * connection it is left to the next request, or to the sweep.
 */
export function endAfterCurrent(socket: net.Socket): void {
  const { _httpMessage: response, parser } = socket as HttpSocket;
  if (response === null || response === undefined) return;
  if (parser?.incoming === response.req) endAfter(socket, response);
}

/** The same for the response to a request that comes in while we drain. */
export function endAfter(socket: object, response: Response): void {
  const before = lastOnes.get(socket);
  // The client has sent another one before its answer: that was not the last.
  if (before !== undefined && !before.headersSent) before.shouldKeepAlive = true;
  if (response.headersSent || !response.shouldKeepAlive) return;
  response.shouldKeepAlive = false;
  lastOnes.set(socket, response);
}
