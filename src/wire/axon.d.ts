// axon and amp have no types of their own; this is the part of them that wire/ uses.
declare module 'axon' {
  import type { EventEmitter } from 'node:events';
  import type { Socket as NetSocket } from 'node:net';

  /** Called with each whole frame of one connection. */
  type FrameListener = (frame: Buffer) => void;

  class Socket extends EventEmitter {
    socks: NetSocket[];
    type: string;
    addSocket(socket: NetSocket): void;
    removeSocket(socket: NetSocket): void;
    onmessage(socket: NetSocket): FrameListener;
    pack(args: ArrayLike<unknown>): Buffer;
  }
  class ReqSocket extends Socket {
    callbacks: Record<string, unknown>;
    send(...args: unknown[]): void;
  }
  class RepSocket extends Socket {}
  class PubSocket extends Socket {}
  class SubSocket extends Socket {}
}

declare module 'amp' {
  import { Writable } from 'node:stream';

  /** Cuts a byte stream into frames; emits `data` with each. The fields are its parser's state. */
  class Stream extends Writable {
    state: 'message' | 'arglen' | 'arg';
    version: number;
    _arglen: number;
    _bufs: Buffer[];
    _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void;
  }
}
