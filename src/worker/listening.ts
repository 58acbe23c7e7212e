import net from 'node:net';
import { send } from './channel';

/** Tells the shim each address that a server of this app listens on: the proof that it is ready (D7). */
export function reportListening(): void {
  const listen = Reflect.get(net.Server.prototype, 'listen') as (...args: unknown[]) => net.Server;
  const reporting = function (this: net.Server, ...args: unknown[]): net.Server {
    this.once('listening', report);
    return listen.apply(this, args);
  };
  // As a method of a class is: not enumerable, so that nobody sees a difference.
  Object.defineProperty(net.Server.prototype, 'listen', {
    value: reporting,
    writable: true,
    configurable: true,
    enumerable: true,
  });
}

function report(this: net.Server): void {
  const address = this.address();
  if (address === null) return;
  if (typeof address === 'string') send({ type: 'listening', address: { port: null, address, family: -1 } });
  else {
    const everywhere = address.address === '::' || address.address === '0.0.0.0';
    const family = address.family === 'IPv6' ? 6 : 4;
    send({
      type: 'listening',
      address: { port: address.port, address: everywhere ? null : address.address, family },
    });
  }
}
