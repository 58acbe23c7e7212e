import { PubSocket, SubSocket } from 'axon';
import type { Socket } from 'node:net';
import { openConnection } from './client';
import { addConnection } from './frames';
import { listen } from './server';

/** What one subscriber may be behind by; PM2's God grew by 23 MB/s behind one that had stopped reading. */
const MAX_UNREAD_BYTES = 1024 * 1024;

export interface Publisher {
  /** Sends to every subscriber that keeps up; one that does not is disconnected, and may come again. */
  publish(topic: string, packet: unknown): void;
  close(): Promise<void>;
}

export async function openPublisher(path: string): Promise<Publisher> {
  const axon = new PubSocket();
  const server = await listen(path, (connection: Socket) => {
    addConnection(axon, connection);
  });
  return {
    publish: (topic, packet) => {
      if (axon.socks.length === 0) return;
      const frame = axon.pack([topic, packet]);
      for (const connection of axon.socks.slice()) {
        if (connection.writableLength > MAX_UNREAD_BYTES) connection.destroy();
        else connection.write(frame);
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const connection of axon.socks.slice()) connection.destroy();
      }),
  };
}

export interface Subscription {
  /** Called once when the publisher is gone. */
  onClose(listener: () => void): void;
  close(): void;
}

/** @throws WireFailure */
export async function subscribe(
  path: string,
  onEvent: (topic: string, packet: unknown) => void,
  options: { deadlineMs: number },
): Promise<Subscription> {
  const connection = await openConnection(path, options.deadlineMs);
  const axon = new SubSocket();
  axon.type = 'client';
  axon.on('message', onEvent);
  addConnection(axon, connection);
  return {
    onClose: (listener) => {
      connection.once('close', listener);
    },
    close: () => connection.destroy(),
  };
}
