import { closeSync, openSync, opendirSync, readSync, readdirSync, readlinkSync } from 'node:fs';

/** Who listens on a TCP port, as far as this user may see. */
export interface PortHolders {
  /** Processes that hold a listening socket of that port; empty where they are another user's. */
  readonly pids: readonly number[];
  /** The user whose process opened it. */
  readonly uid: number;
}

/** The state LISTEN in /proc/net/tcp. */
const LISTEN = '0A';

/** The kernel lists what listens before all connections, of which there may be a hundred thousand: half a second to read. */
const CHUNK_BYTES = 65_536;
/** A listening socket is opened early, so it has a low number; a proxy may hold a hundred thousand more. */
const MOST_DESCRIPTORS = 1024;

/**
 * Looks who listens on a port; null: nobody, or a system without /proc. Reads the first descriptors of every process that
 * we may read, some 20 ms on a busy machine: only for a message that says why something failed.
 */
export function portHolders(port: number): PortHolders | null {
  const sockets = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningOn(table, port));
  const [first] = sockets;
  if (first === undefined) return null;
  const links = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  const pids = namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => descriptorsOf(pid).some((fd) => links.has(linkOf(`/proc/${pid}/fd/${fd}`))))
    .map(Number);
  return { pids, uid: first.uid };
}

/** `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode`; the port is in hex. */
function listeningOn(table: string, port: number): { readonly inode: string; readonly uid: number }[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return listeningRows(table)
    .filter(([, local]) => local?.endsWith(wanted) === true)
    .map((fields) => ({ inode: fields[9] ?? '', uid: Number(fields[7]) }));
}

function listeningRows(table: string): string[][] {
  const rows: string[][] = [];
  let rest = '';
  for (const chunk of chunksOf(table)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const fields = line.trim().split(/\s+/);
      if (fields[0] === 'sl') continue;
      if (fields[3] !== LISTEN) return rows;
      rows.push(fields);
    }
  }
  return rows;
}

function* chunksOf(path: string): Generator<string> {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let size = 1; size > 0;) {
      size = readSync(file, buffer);
      yield buffer.toString('latin1', 0, size);
    }
  } catch {
    // no such table
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function descriptorsOf(pid: string): string[] {
  try {
    const folder = opendirSync(`/proc/${pid}/fd`);
    try {
      const names: string[] = [];
      for (
        let one = folder.readSync();
        one !== null && names.length < MOST_DESCRIPTORS;
        one = folder.readSync()
      )
        names.push(one.name);
      return names;
    } finally {
      folder.closeSync();
    }
  } catch {
    // gone meanwhile, or another user's
    return [];
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
