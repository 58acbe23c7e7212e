import { Stream } from 'amp';
import type { Socket as AxonSocket } from 'axon';
import type { Socket } from 'node:net';

/** The largest message either side may send: a list of 1,000 instances with ten exits each is about 8 MB. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** axon's parser believes any length it reads; this one ends the connection when a frame grows too large. */
class BoundedFrames extends Stream {
  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    super._write(chunk, encoding, () => {
      done(this.isTooLarge() ? new Error('frame too large') : null);
    });
  }

  private isTooLarge(): boolean {
    if (this.state === 'message') return false;
    if (this.version !== 1 || (this.state === 'arg' && this._arglen > MAX_FRAME_BYTES)) return true;
    return this._bufs.reduce((bytes, part) => bytes + part.length, 0) > MAX_FRAME_BYTES;
  }
}

/**
 * Hands a connection to an axon socket, safely: what axon would throw as an uncaught exception (a frame that is
 * no message) or buffer without end (a frame of 4 GB) ends that connection, and nothing else.
 */
export function addConnection(axon: AxonSocket, connection: Socket): void {
  const frames = new BoundedFrames();
  const onFrame = axon.onmessage(connection);
  frames.on('data', (frame: Buffer) => {
    try {
      onFrame(frame);
    } catch {
      connection.destroy();
    }
  });
  connection.on('error', () => connection.destroy());
  connection.on('close', () => {
    axon.removeSocket(connection);
  });
  axon.socks.push(connection);
  // Not by pipe(): the parser takes every piece at once, so there is nothing to hold back, and a client that lives 20 ms
  // pays 0.4 of them for the machinery.
  connection.on('data', (chunk: Buffer) => {
    frames._write(chunk, 'binary', (error) => {
      if (error != null) connection.destroy();
    });
  });
}
