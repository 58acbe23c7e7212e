import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Loss, toLoss } from '../tally';
import { inTime, type Client, type ClientClass, type Target } from './client';

/** Slower than the app writes, so that the download is under way while its worker drains: 64 MB in about 3 s. */
const PAUSE_EVERY_BYTES = 2 * 1024 * 1024;
const PAUSE_MS = 80;

function openDownloader(bytes: number, target: Target): Client {
  return {
    round: async () => {
      const { host, httpPort: port, localAddress } = target;
      const request = http.get({ host, port, localAddress, agent: false, path: `/download?bytes=${bytes}` });
      await inTime('a download', download(request, bytes), () => request.destroy(), 60_000);
    },
    close: () => undefined,
  };
}

async function download(request: http.ClientRequest, bytes: number): Promise<void> {
  let received = 0;
  let begun = false;
  try {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject);
    });
    begun = true;
    if (response.statusCode !== 200) throw new Loss('5xx', `status ${response.statusCode}`);
    let untilPause = PAUSE_EVERY_BYTES;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      received += chunk.length;
      untilPause -= chunk.length;
      if (untilPause > 0) continue;
      untilPause = PAUSE_EVERY_BYTES;
      await delay(PAUSE_MS);
    }
    if (!response.complete) throw new Loss('truncated', `ended after ${received} of ${bytes}`);
  } catch (error) {
    throw toLoss(error, { begun });
  }
  if (received !== bytes) throw new Loss('truncated', `${received} of ${bytes} bytes`);
}

const downloadClass = (name: string, clients: number, bytes: number): ClientClass => ({
  name,
  clients,
  isLong: true,
  open: (target) => openDownloader(bytes, target),
});

export const DOWNLOAD_CLASSES: readonly ClientClass[] = [
  downloadClass('chunked download, 64 MB', 1, 64 * 1024 * 1024),
  downloadClass('chunked download, 256 KB', 2, 256 * 1024),
];
