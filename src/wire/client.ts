import { ReqSocket } from 'axon';
import { connect as connectSocket, type Socket } from 'node:net';
import { fromWire } from '../errors';
import { WireFailure, connectFailure } from './failure';
import { addConnection } from './frames';
import type { Api, Request, Response } from './messages';

export interface WireClient<A extends Api<A>> {
  /**
   * @throws PmError the other side's refusal
   * @throws WireFailure no answer within `deadlineMs`, or the connection ended
   */
  call<M extends keyof A & string>(
    method: M,
    params: A[M]['params'],
    options: { deadlineMs: number },
  ): Promise<A[M]['result']>;
  /** Called once when the connection has ended, whoever ended it. */
  onClose(listener: () => void): void;
  close(): void;
}

/**
 * Connects once; there is no reconnecting (axon's would keep a CLI open). Whoever wants another try connects anew.
 *
 * @throws WireFailure
 */
export async function connect<A extends Api<A>>(
  path: string,
  options: { deadlineMs: number },
): Promise<WireClient<A>> {
  const connection = await openConnection(path, options.deadlineMs);
  const axon = new ReqSocket();
  axon.type = 'client';
  const pending = new Set<(failure: WireFailure) => void>();
  addConnection(axon, connection);
  connection.on('close', () => {
    for (const fail of pending) fail(new WireFailure('closed', `the connection to ${path} ended`));
  });
  return {
    call: (method, params, { deadlineMs }) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer);
          pending.delete(fail);
        };
        const fail = (failure: WireFailure): void => {
          end();
          forget(axon, onResponse);
          reject(failure);
        };
        const onResponse = (_: unknown, response: Response): void => {
          end();
          if ('error' in response) reject(fromWire(response.error));
          else resolve(response.result);
        };
        const timer = setTimeout(
          fail,
          deadlineMs,
          new WireFailure('timeout', `no answer to ${method} within ${String(deadlineMs)} ms`),
        );
        pending.add(fail);
        if (connection.destroyed) fail(new WireFailure('closed', `the connection to ${path} has ended`));
        else axon.send({ method, params } satisfies Request, onResponse);
      }),
    onClose: (listener) => {
      if (connection.destroyed) queueMicrotask(listener);
      else connection.once('close', listener);
    },
    close: () => connection.destroy(),
  };
}

/** axon keeps the callback of an unanswered call for ever; it writes the call's id on the function. */
function forget(axon: ReqSocket, callback: { id?: string } | object): void {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- axon's own bookkeeping
  if ('id' in callback && typeof callback.id === 'string') delete axon.callbacks[callback.id];
}

export function openConnection(path: string, deadlineMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const connection = connectSocket(path);
    const timer = setTimeout(() => {
      connection.destroy();
      reject(new WireFailure('timeout', `no connection to ${path} within ${String(deadlineMs)} ms`));
    }, deadlineMs);
    connection.once('connect', () => {
      clearTimeout(timer);
      resolve(connection);
    });
    connection.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(connectFailure(error.code, path));
    });
  });
}
