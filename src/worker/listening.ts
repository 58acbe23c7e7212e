import { errorMonitor } from 'node:events';
import net from 'node:net';
import type { FromWorker } from '../protocol/worker';
import { failpoint } from '../failpoints';
import { send } from './channel';

type ListenAddress = Extract<FromWorker, { type: 'listening' }>['address'];

/**
 * How many servers there are by address. A server has closed only when its last connection has, and by then another may
 * listen where it did.
 */
const servers = new Map<string, number>();

/**
 * Tells the shim each address that a server of this app listens on: the proof that it is ready (D7); with `failures`
 * also each one that it cannot have.
 */
export function reportListening(failures: boolean): void {
  const listen = Reflect.get(net.Server.prototype, 'listen') as (...args: unknown[]) => net.Server;
  const reporting = function (this: net.Server, ...args: unknown[]): net.Server {
    failpoint('listen');
    // An app that tries again and again has one of each all the same.
    if (!this.listeners('listening').includes(report)) this.once('listening', report);
    // A monitor is no handler: an error that nobody handles still ends the app.
    if (failures) monitor(this);
    return listen.apply(this, args);
  };
  // As Node has defined its own.
  Object.defineProperty(net.Server.prototype, 'listen', {
    value: reporting,
    writable: true,
    configurable: true,
    enumerable: true,
  });
}

function monitor(server: NodeJS.EventEmitter): void {
  if (!server.listeners(errorMonitor).includes(reportFailure)) server.on(errorMonitor, reportFailure);
}

function report(this: net.Server): void {
  const address = this.address();
  if (address === null) return;
  failpoint('listening');
  const shown: ListenAddress =
    typeof address === 'string'
      ? { port: null, address, family: -1 }
      : asListenAddress(address.port, address.address);
  send({ type: 'listening', address: shown });
  const key = JSON.stringify(shown);
  servers.set(key, (servers.get(key) ?? 0) + 1);
  this.once('close', () => {
    const left = (servers.get(key) ?? 1) - 1;
    if (left > 0) servers.set(key, left);
    else {
      servers.delete(key);
      send({ type: 'closed', address: shown });
    }
  });
}

interface ListenError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly port?: number;
  readonly address?: string | null;
}

function reportFailure({ code, syscall, port, address }: ListenError): void {
  if (syscall !== 'listen' || code === undefined) return;
  const isPath = port === undefined || port < 0;
  const place: ListenAddress = isPath
    ? { port: null, address: address ?? null, family: -1 }
    : asListenAddress(port, address ?? '::');
  send({ type: 'listen-failed', address: place, error: code });
}

const asListenAddress = (port: number, address: string): ListenAddress => ({
  port,
  address: address === '::' || address === '0.0.0.0' ? null : address,
  family: address.includes(':') ? 6 : 4,
});
