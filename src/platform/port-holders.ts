import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Who listens on a TCP port, as far as this user may see. */
export interface PortHolders {
  /** Processes that hold a listening socket of that port; empty where they are another user's. */
  readonly pids: readonly number[];
  /** The user whose process opened it. */
  readonly uid: number;
}

/** The state LISTEN in /proc/net/tcp. */
const LISTEN = '0A';

/**
 * Looks who listens on a port; null: nobody, or a system without /proc. Reads the descriptors of every process that
 * we may read, some 20 ms on a busy machine: only for a message that says why something failed.
 */
export function portHolders(port: number): PortHolders | null {
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningOn(table, port));
  const [first] = sockets;
  if (first === undefined) return null;
  const links = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  const pids = namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => namesIn(`/proc/${pid}/fd`).some((fd) => links.has(linkOf(`/proc/${pid}/fd/${fd}`))))
    .map(Number);
  return { pids, uid: first.uid };
}

/** `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode`; the port is in hex. */
function listeningOn(table: string, port: number): { readonly inode: string; readonly uid: number }[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return textOf(table)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTEN && local?.endsWith(wanted) === true)
    .map((fields) => ({ inode: fields[9] ?? '', uid: Number(fields[7]) }));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // gone meanwhile, or another user's
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
