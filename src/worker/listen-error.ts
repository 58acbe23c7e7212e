import type { Server } from 'node:net';
import { getSystemErrorMap } from 'node:util';

interface ListenAddress {
  readonly address?: string | null;
  readonly port?: number | null;
  readonly fd?: number | null;
}

/** One call of `listen`. */
export interface Attempt {
  /** `net` counts up with each close, so that an answer to a listen that was given up can be told. */
  readonly id: unknown;
  /** Where the app called it: what its author looks for in the trace of the error. */
  readonly stack: string;
}

/** `below`: where our own part of the trace ends. */
export function attemptOf(server: Server, below: (...args: never[]) => unknown): Attempt {
  const trace = { stack: '' };
  Error.captureStackTrace(trace, below);
  return { id: Reflect.get(server, '_listeningId'), stack: trace.stack };
}

/**
 * Tells a server that its listen failed, in the words that `net` has without a cluster: `listen EADDRINUSE: address
 * already in use :::3000`. Node's cluster says `bind EADDRINUSE null:3000`, and throws where the server was closed
 * meanwhile.
 */
export function failListen(server: Server, attempt: Attempt, where: ListenAddress, errno: number): void {
  process.nextTick(() => {
    if (Reflect.get(server, '_listeningId') !== attempt.id) return;
    const error = listenError(where, errno);
    error.stack = `Error: ${error.message}${attempt.stack.slice(attempt.stack.indexOf('\n'))}`;
    server.emit('error', error);
  });
}

function listenError({ address, port, fd }: ListenAddress, errno: number): Error {
  const [code, words] = getSystemErrorMap().get(errno) ?? [`UNKNOWN ${String(errno)}`, 'unknown error'];
  const isDescriptor = typeof fd === 'number' && fd >= 0;
  const shown = address ?? (isDescriptor ? null : '::');
  const place = typeof port === 'number' && port > 0 ? `${String(shown)}:${String(port)}` : shown;
  const error = new Error(`listen ${code}: ${words}${place === null ? '' : ` ${place}`}`);
  const more = typeof port === 'number' && port !== 0 ? { port } : {};
  return Object.assign(error, { code, errno, syscall: 'listen', address: shown, ...more });
}
