import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { processesWith } from './census';
import type { TestHome } from './home';
import { workersOf } from './invariants';

/** The sockets that somebody listens on, as the kernel tells: inode → `:8080` or a path. */
function listeningSockets(home: TestHome): Map<string, string> {
  const tcp = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    rowsOf(table)
      .filter(([, , , state]) => state === '0A')
      .map((fields): [string, string] => [
        fields[9]!,
        `:${Number.parseInt(/[^:]+$/.exec(fields[1]!)![0], 16)}`,
      ]),
  );
  // Flags: 00010000 is a socket that listens.
  const unix = rowsOf('/proc/net/unix')
    .filter(([, , , flags, , , , path]) => flags === '00010000' && path?.startsWith(home.path) === true)
    .map((fields): [string, string] => [fields[6]!, fields[7]!]);
  return new Map([...tcp, ...unix]);
}

const rowsOf = (table: string): string[][] =>
  readFileSync(table, 'latin1')
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => line.trim().split(/\s+/));

/** Where each of these processes listens; one that ends meanwhile listens nowhere. */
function addressesOf(pid: number, sockets: ReadonlyMap<string, string>): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      const address = inode === undefined ? undefined : sockets.get(inode);
      return address === undefined ? [] : [address];
    });
  } catch {
    return [];
  }
}

/**
 * Every address has one owner: one of our daemons, one fork-mode worker, or one cluster app (its shim and its workers,
 * which may share the sockets of that shim). Every line is an address with more. Asked once, when all is quiet: on a
 * machine with many connections the kernel takes seconds to list them.
 */
export function sharedAddresses(home: TestHome): string[] {
  const workers = workersOf(home);
  const sockets = listeningSockets(home);
  const owners = new Map<string, Set<string>>();
  for (const { pid } of processesWith(home.path)) {
    const worker = workers.find((one) => one.pid === pid);
    const owner = worker?.mode === 'cluster' ? worker.parentPid : pid;
    for (const address of addressesOf(pid, sockets))
      owners.set(address, (owners.get(address) ?? new Set()).add(String(owner)));
  }
  return [...owners]
    .filter(([, pids]) => pids.size > 1)
    .map(([address, pids]) => `${address} has the owners ${[...pids].join(', ')}`);
}
