import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** The harness's end of LOSS_CONTROL (app.js): says to a worker that it shall be killed as soon as it is idle. */
export interface Control {
  /** Kills a worker, the longest-lived one, at a moment when it executes nothing; resolves when it is dead. */
  killIdle(): Promise<void>;
  close(): Promise<void>;
}

export async function openControl(path: string): Promise<Control> {
  /** Oldest first. */
  const workers = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('close', () => workers.delete(socket));
    createInterface({ input: socket }).once('line', () => workers.add(socket));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    killIdle: async () => {
      const [oldest] = workers;
      if (oldest === undefined) return;
      const dead = new Promise((resolve) => oldest.once('close', resolve));
      oldest.write('die\n');
      await dead;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of workers) socket.destroy();
      }),
  };
}
