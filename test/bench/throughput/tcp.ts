/*
 * A TCP client without net.Socket, on Node's own bindings: it takes two thirds of the time, and every microsecond that
 * the client takes on a machine with two cores is missing at the server, the same one for a fast and for a slow one.
 * `process.binding` is deprecated, and still what tools like this one use; benchmarks only.
 */

interface Wrap {
  oncomplete: (status: number) => void;
}
interface Tcp {
  onread: (buffer?: ArrayBuffer) => void;
  connect(request: Wrap, address: string, port: number): number;
  bind(address: string, port: number): number;
  readStart(): void;
  writeLatin1String(request: Wrap, text: string): number;
  close(): void;
}
interface TcpBinding {
  TCP: new (type: number) => Tcp;
  TCPConnectWrap: new () => Wrap;
  constants: { SOCKET: number };
}
interface StreamBinding {
  WriteWrap: new () => Wrap;
  streamBaseState: Int32Array;
  kReadBytesOrError: number;
}

const binding = Reflect.get(process, 'binding') as (name: string) => unknown;
const { TCP, TCPConnectWrap, constants } = binding('tcp_wrap') as TcpBinding;
const { WriteWrap, streamBaseState, kReadBytesOrError } = binding('stream_wrap') as StreamBinding;

export interface Connection {
  send(text: string): void;
  close(): void;
}

/** What happens to a connection. `null`: the server has closed it. */
export interface ConnectionListener {
  onConnect(connection: Connection): void;
  onData(bytes: number, data: ArrayBuffer | null): void;
  onError(): void;
}

/** @param from the client's own address in 127/8; absent: what the kernel takes */
export function connect(port: number, listener: ConnectionListener, from?: string): void {
  const tcp = new TCP(constants.SOCKET);
  if (from !== undefined) tcp.bind(from, 0);
  const connection: Connection = {
    send: (text) => {
      const request = new WriteWrap();
      request.oncomplete = () => undefined;
      tcp.writeLatin1String(request, text);
    },
    close: () => tcp.close(),
  };
  tcp.onread = (buffer) => {
    const bytes = streamBaseState[kReadBytesOrError] ?? 0;
    if (bytes > 0) listener.onData(bytes, buffer ?? null);
    else if (bytes < 0) listener.onData(0, null);
  };
  const request = new TCPConnectWrap();
  request.oncomplete = (status) => {
    if (status === 0) {
      tcp.readStart();
      listener.onConnect(connection);
    } else {
      tcp.close();
      listener.onError();
    }
  };
  if (tcp.connect(request, '127.0.0.1', port) === 0) return;
  tcp.close();
  listener.onError();
}
