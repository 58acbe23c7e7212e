import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileUserOf, UserFolder } from '../../platform';
import type { WorkerStart } from '../../protocol/shim';
import type { ListenRequest } from '../../protocol/worker';

/*
 * The shim may be root's, and the worker another user's who has the channel in its hands and can say there whatever it
 * likes. Nothing is bound for it that it could not bind itself.
 */

const EACCES = -constants.errno.EACCES;
const EINVAL = -constants.errno.EINVAL;

type Asking = Pick<WorkerStart, 'mode' | 'uid' | 'gid'>;

/** 0, or libuv's error: may a listener be opened for that worker? */
export function refusalOf(start: Asking, request: Partial<ListenRequest> | undefined): number {
  // A fork app has no preload that asks; whoever does asks by hand.
  if (start.mode !== 'cluster') return EACCES;
  const { address, port, addressType } = request ?? {};
  if (address !== null && typeof address !== 'string') return EINVAL;
  if (addressType === -1) return address === null ? EINVAL : pathRefusal(start, address);
  if (addressType !== 4 && addressType !== 6) return EINVAL;
  return portRefusal(start, port);
}

/** An abstract name (it begins with NUL) is anybody's. */
function pathRefusal({ uid, gid }: Asking, path: string): number {
  const user = fileUserOf(uid, gid);
  if (user === null || path.startsWith('\0')) return 0;
  try {
    UserFolder.open(dirname(path), user).close();
    return 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).errno ?? EACCES;
  }
}

function portRefusal({ uid, gid }: Asking, port: unknown): number {
  // libuv would take 65617 for 81, and a text for the number in it.
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535) return EINVAL;
  return fileUserOf(uid, gid) !== null && port !== 0 && port < firstOpenPort() ? EACCES : 0;
}

function firstOpenPort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  } catch {
    // Not Linux, or before 4.11.
    return 1024;
  }
}

interface ClusterMessage {
  readonly cmd?: unknown;
  readonly act?: unknown;
  readonly seq?: unknown;
  readonly port?: unknown;
  readonly addressType?: unknown;
  readonly fd?: unknown;
}

/**
 * Node's own cluster would listen anywhere for whoever asks. Of what comes to it only UDP is meant: all else goes through
 * our broker. To be called before the worker can have said anything.
 */
export function guardStockCluster(child: ChildProcess, start: Asking): void {
  if (fileUserOf(start.uid, start.gid) === null) return;
  const emitter = child as NodeJS.EventEmitter;
  const listeners = emitter.listeners('internalMessage') as ((...args: unknown[]) => void)[];
  emitter.removeAllListeners('internalMessage');
  emitter.on('internalMessage', (message: ClusterMessage, ...more: unknown[]) => {
    const errno = isListenOrder(message) ? stockRefusal(start, message) : 0;
    if (errno === 0) for (const listener of listeners) listener.call(child, message, ...more);
    else if (child.connected)
      child.send({ cmd: 'NODE_CLUSTER', ack: message.seq, errno, key: '', data: null }, () => undefined);
  });
}

const isListenOrder = ({ cmd, act }: ClusterMessage): boolean =>
  cmd === 'NODE_CLUSTER' && act === 'queryServer';

function stockRefusal(start: Asking, { addressType, port, fd }: ClusterMessage): number {
  if (addressType !== 'udp4' && addressType !== 'udp6') return EACCES;
  // It would be a descriptor of the shim.
  if (typeof fd === 'number' && fd >= 0) return EACCES;
  return portRefusal(start, port ?? 0);
}
