/** The part of `send` 1.x that is used; it comes without declarations. */
declare module 'send' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  interface SendOptions {
    root: string;
    index: string[] | false;
    dotfiles: 'allow' | 'deny' | 'ignore';
  }

  interface SendStream {
    /** An HttpError: 404, 416 …; nothing has been answered yet. */
    on(event: 'error', listener: (error: Error & { status?: number }) => void): this;
    /** A folder was asked for without a slash at the end; `send` leaves the answer to the listener. */
    on(event: 'directory', listener: () => void): this;
    pipe(response: ServerResponse): ServerResponse;
  }

  /** @param path as in the request line, still encoded */
  function send(request: IncomingMessage, path: string, options: SendOptions): SendStream;
  namespace send {
    export type { SendStream };
  }
  export = send;
}
