import { connect, type Connection } from './tcp';

const CONNECTIONS = 400;
/** Not one by one, and not so many that the accept queue overflows. */
const AT_ONCE = 16;

/**
 * Opens connections that stay, each with a request and from an address of its own, and counts how many each worker
 * has. @returns the most that one has, over the mean
 */
export async function measureSpread(
  port: number,
  workers: number,
): Promise<{ ratio: number; counts: number[] }> {
  const byPid = new Map<string, number>();
  const open: Connection[] = [];
  const ask = (n: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const answer = {
        onConnect: (connection: Connection): void => {
          open.push(connection);
          connection.send('GET / HTTP/1.1\r\nHost: app\r\n\r\n');
        },
        onData: (bytes: number, data: ArrayBuffer | null): void => {
          const text = data === null ? '' : Buffer.from(data, 0, bytes).toString('latin1');
          const pid = text.slice(text.indexOf('\r\n\r\n') + 4);
          byPid.set(pid, (byPid.get(pid) ?? 0) + 1);
          resolve();
        },
        onError: () => reject(new Error('a connection was refused')),
      };
      connect(port, answer, `127.1.${n >> 8}.${n & 255}`);
    });
  for (let n = 0; n < CONNECTIONS; n += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, more) => ask(n + more + 1)));
  for (const connection of open) connection.close();
  const counts = [...byPid.values()].toSorted((a, b) => b - a);
  return { ratio: ((counts[0] ?? 0) * workers) / CONNECTIONS, counts };
}
