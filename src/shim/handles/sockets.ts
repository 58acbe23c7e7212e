import net from 'node:net';
import { existsSync, lstatSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname } from 'node:path';
import { UserFolder, type FileUser } from '../../platform';
import type { ListenRequest } from '../../protocol/worker';

/** The part of Node's TCP and Pipe wraps that we use; what `net` itself calls on them. */
export interface RawHandle {
  onconnection?: (error: number, client: RawHandle | undefined) => void;
  listen(backlog: number): number;
  close(): void;
  getsockname?(out: object): number;
  getpeername?(out: object): number;
}

export type SockName = { address?: string; family?: string; port?: number };

/** What a worker asks for, and in whose name it is bound; null: in our own. */
export interface BindRequest extends ListenRequest {
  readonly user: FileUser | null;
}

/**
 * Binds the socket of a listen request without listening or accepting; a negative number is libuv's error.
 * `net._createServerHandle` is what Node's own cluster primary uses, unchanged since 0.12.
 */
export function bindSocket({ address, port, addressType, flags, user }: BindRequest): RawHandle | number {
  if (addressType !== -1) return createHandle(address, port, addressType, -1, flags);
  if (user === null || address === null || address.startsWith('\0'))
    return createHandle(address, -1, -1, -1, flags);
  return bindInUserFolder(address, user, flags);
}

function createHandle(...args: readonly unknown[]): RawHandle | number {
  const { _createServerHandle: create } = net as unknown as {
    _createServerHandle: (...args: unknown[]) => RawHandle | number;
  };
  return create(...args);
}

function bindInUserFolder(path: string, user: FileUser, flags: number): RawHandle | number {
  try {
    const folder = UserFolder.open(dirname(path), user);
    const handle = createHandle(folder.at(basename(path)), -1, -1, -1, flags);
    if (typeof handle === 'number') folder.close();
    else closeAfter(handle, folder);
    return handle;
  } catch (error) {
    return (error as NodeJS.ErrnoException).errno ?? -constants.errno.EACCES;
  }
}

/** libuv removes the path when the handle is closed, by the way by which it was bound. */
function closeAfter(handle: RawHandle, folder: UserFolder): void {
  const close = handle.close.bind(handle);
  handle.close = () => {
    close();
    folder.close();
  };
}

/** Of a socket whose owner was killed, if it is ours (or the user's) to remove; where not, the bind will say so. */
export function removeSocket(path: string, user: FileUser | null): void {
  try {
    if (user === null) {
      rmSync(path, { force: true });
      return;
    }
    const folder = UserFolder.open(dirname(path), user);
    if (folder.mayMove(basename(path))) rmSync(folder.at(basename(path)), { force: true });
    folder.close();
  } catch {
    // Or it is on a disk that is read-only: the worker is told that the address is taken.
  }
}

export function sockNameOf(handle: RawHandle): SockName | null {
  if (handle.getsockname === undefined) return null;
  const name: SockName = {};
  handle.getsockname(name);
  return name;
}

/** The address of a client; null on a Unix socket, or when the client has gone already. */
export function peerAddressOf(handle: RawHandle): string | null {
  const name: SockName = {};
  if (handle.getpeername?.(name) !== 0) return null;
  return name.address ?? null;
}

/**
 * 0, or libuv's error: could this TCP address be listened on? The kernel tells only at listen(2), and a socket
 * that this process listens on would accept; so a throw-away one asks. Unix paths tell at bind.
 */
export function probeAddress(request: BindRequest): number {
  if (request.addressType === -1 || request.port === 0) return 0;
  const probe = bindSocket(request);
  if (typeof probe === 'number') return probe;
  const error = probe.listen(1);
  probe.close();
  return error;
}

/** The path of a Unix socket, where there is a file of that name; null for everything else. */
export const existingPathOf = ({ addressType, address }: ListenRequest): string | null =>
  addressType === -1 && address !== null && !address.startsWith('\0') && existsSync(address) ? address : null;

/** It is a socket, and nobody accepts on it: its owner was killed. */
export function isDeadSocket(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect(path, () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', ({ code }: NodeJS.ErrnoException) => {
      // The kernel refuses on files of every other kind as well.
      resolve(code === 'ECONNREFUSED' && lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true);
    });
  });
}

/** False when somebody removed the path of a Unix socket that we still hold: nobody could reach it any more. */
export const isReachable = (request: ListenRequest): boolean =>
  request.addressType !== -1 ||
  request.address === null ||
  request.address.startsWith('\0') ||
  existsSync(request.address);
