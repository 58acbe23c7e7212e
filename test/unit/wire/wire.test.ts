import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { pmError } from '../../../src/errors';
import { connect, openPublisher, serve, subscribe, type WireServer } from '../../../src/wire';
import { until } from '../../rig/wait';

interface EchoApi {
  echo: { params: { text: string }; result: { text: string } };
  never: { params: Record<never, never>; result: Record<never, never> };
  refuse: { params: Record<never, never>; result: Record<never, never> };
  break: { params: Record<never, never>; result: Record<never, never> };
}

const DEADLINE = { deadlineMs: 3000 };

/** An amp frame: version 1 and the count in one byte, then each argument with its length. */
const frame = (...args: (string | Buffer)[]): Buffer =>
  Buffer.concat([
    Buffer.from([0x10 | args.length]),
    ...args.flatMap((arg) => {
      const bytes = Buffer.from(arg);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  ]);

describe('the wire', () => {
  let dir: string;
  let path: string;
  let server: WireServer;
  const counts: number[] = [];
  /** Frozen while a test wants it to be. */
  const hold = new Set<() => void>();

  beforeEach(async () => {
    dir = mkdtempSync('/tmp/pmw-');
    path = `${dir}/s`;
    counts.length = 0;
    server = await serve<EchoApi>(
      path,
      {
        echo: (params) => params as { text: string },
        never: () => new Promise((resolve) => hold.add(() => resolve({}))),
        refuse: () => {
          throw pmError('NO_PROCESS');
        },
        break: () => {
          throw new TypeError('x is undefined');
        },
      },
      { onConnectionCount: (count) => counts.push(count) },
    );
  });
  afterEach(async () => {
    for (const release of hold) release();
    await server.close();
    rmSync(dir, { recursive: true });
  });

  const client = () => connect<EchoApi>(path, DEADLINE);
  const stillServes = async (): Promise<void> => {
    const one = await client();
    expect(await one.call('echo', { text: 'still there' }, DEADLINE)).toEqual({ text: 'still there' });
    one.close();
  };

  test('a call comes back with what the handler gives; several at once do not mix', async () => {
    const one = await client();
    const texts = Array.from({ length: 50 }, (_, n) => `text ${n} äß☃`);
    expect(await Promise.all(texts.map((text) => one.call('echo', { text }, DEADLINE)))).toEqual(
      texts.map((text) => ({ text })),
    );
    one.close();
  });

  test('a message of some megabytes arrives whole', async () => {
    const one = await client();
    const text = 'x'.repeat(5 * 1024 * 1024);
    expect((await one.call('echo', { text }, DEADLINE)).text).toHaveLength(text.length);
    one.close();
  });

  test('a refusal comes back as the error it is, a bug as an internal one', async () => {
    const one = await client();
    await expect(one.call('refuse', {}, DEADLINE)).rejects.toMatchObject({ code: 'NO_PROCESS' });
    await expect(one.call('break', {}, DEADLINE)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'Internal error: x is undefined',
    });
    one.close();
  });

  test.each(['constructor', '__proto__', 'toString', '', 'nothing'])(
    'method %j is unknown',
    async (method) => {
      const one = await client();
      await expect(one.call(method as 'echo', { text: '' }, DEADLINE)).rejects.toMatchObject({
        code: 'PROTOCOL',
      });
      one.close();
    },
  );

  test('an answer that does not come ends at the deadline, and the connection stays usable', async () => {
    const one = await client();
    await expect(one.call('never', {}, { deadlineMs: 50 })).rejects.toMatchObject({ kind: 'timeout' });
    expect(await one.call('echo', { text: 'after' }, DEADLINE)).toEqual({ text: 'after' });
    one.close();
  });

  test('calls under way end when the server goes, later ones too', async () => {
    const one = await client();
    const closed = new Promise<void>((resolve) => one.onClose(resolve));
    const call = one.call('never', {}, DEADLINE);
    void call.catch(() => undefined);
    await until('the call has arrived', () => hold.size > 0);
    await server.close();
    await expect(call).rejects.toMatchObject({ kind: 'closed' });
    await closed;
    await expect(one.call('echo', { text: '' }, DEADLINE)).rejects.toMatchObject({ kind: 'closed' });
  });

  test('the socket is private from the start, and a leftover is taken over', async () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(`${dir}/old`, 'leftover');
    const other = await serve<EchoApi>(`${dir}/old`, {} as never);
    expect(statSync(`${dir}/old`).isSocket()).toBe(true);
    await other.close();
  });

  test('who is connected is counted', async () => {
    const one = await client();
    await until('one came', () => counts.at(-1) === 1);
    one.close();
    await until('it went', () => counts.at(-1) === 0);
  });

  describe('nobody there', () => {
    test.each([
      ['no socket', () => `${dir}/none`, 'missing'],
      ['a file', () => (writeFileSync(`${dir}/file`, ''), `${dir}/file`), 'refused'],
    ])('%s', async (_title, where, kind) => {
      await expect(connect<EchoApi>(where(), DEADLINE)).rejects.toMatchObject({ kind });
      await expect(subscribe(where(), () => undefined, DEADLINE)).rejects.toMatchObject({ kind });
    });

    const asUser = process.getuid?.() === 0 ? test.skip : test;
    asUser('no permission', async () => {
      chmodSync(path, 0);
      await expect(client()).rejects.toMatchObject({ kind: 'permission' });
    });

    test('a server that accepts and says nothing', async () => {
      const silent = createServer((socket) => socket.on('error', () => undefined).resume());
      await new Promise<void>((resolve) => silent.listen(`${dir}/silent`, resolve));
      const one = await connect<EchoApi>(`${dir}/silent`, DEADLINE);
      await expect(one.call('echo', { text: '' }, { deadlineMs: 50 })).rejects.toMatchObject({
        kind: 'timeout',
      });
      one.close();
      await new Promise((resolve) => silent.close(resolve));
    });
  });

  describe('a stranger who sends', () => {
    const json = (value: unknown): string => `j:${JSON.stringify(value)}`;
    const GARBAGE: [title: string, bytes: Buffer][] = [
      ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
      ['zeros', Buffer.alloc(4096)],
      ['ones', Buffer.alloc(4096, 0xff)],
      ['a frame of another version', Buffer.from([0x21, 0, 0, 0, 1, 65])],
      ['a frame without arguments', frame()],
      ['a frame with an id only', frame('s:1')],
      ['JSON that is none', frame('j:{"method"', 's:1')],
      ['a request that is null', frame('j:null', 's:1')],
      ['a request that is a text', frame('s:list', 's:1')],
      ['a request that is bytes', frame(Buffer.from([1, 2, 3]), 's:1')],
      ['a request with the id of an object', frame(json({ method: 'echo', params: {} }), json({ a: 1 }))],
      ['fifteen arguments', frame(...Array.from({ length: 15 }, () => json({ method: 'echo' })))],
      ['a length of 4 GB', Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 65, 65])],
      ['a length above the limit', Buffer.from([0x12, 0x05, 0, 0, 0, 65, 65])],
    ];

    const send = (bytes: Buffer): Promise<Socket> =>
      new Promise((resolve, reject) => {
        const socket = connectSocket(path);
        socket.on('error', () => undefined);
        socket.once('error', reject);
        socket.once('connect', () => socket.write(bytes, () => resolve(socket)));
      });

    test.each(GARBAGE)('%s harms only himself', async (_title, bytes) => {
      const neighbour = await client();
      const socket = await send(bytes);
      await stillServes();
      expect(await neighbour.call('echo', { text: 'next door' }, DEADLINE)).toEqual({ text: 'next door' });
      neighbour.close();
      socket.destroy();
    });

    test.each(['HTTP', 'JSON that is none', 'a length of 4 GB', 'a length above the limit'])(
      '%s is disconnected',
      async (title) => {
        const socket = await send(GARBAGE.find(([name]) => name === title)![1]);
        await until(
          'the end of the connection',
          () => socket.destroyed || socket.readableEnded || !socket.readable,
        );
        socket.destroy();
      },
    );

    test('any bytes (a thousand times, by a fixed seed)', async () => {
      let seed = 20260101;
      const random = (below: number): number => {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
        return seed % below;
      };
      const base = frame(json({ method: 'echo', params: { text: 'x' } }), 's:1');
      for (let n = 0; n < 1000; n++) {
        const bytes = Buffer.from(base);
        for (let k = 0; k <= random(4); k++) bytes[random(bytes.length)] = random(256);
        const socket = await send(bytes.subarray(0, 1 + random(bytes.length)));
        socket.destroy();
      }
      await stillServes();
    });

    test('a call in pieces of one byte is a call', async () => {
      const bytes = frame(json({ method: 'echo', params: { text: 'slow' } }), 's:7');
      const socket = await send(bytes.subarray(0, 1));
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      for (const byte of bytes.subarray(1))
        await new Promise((sent) => socket.write(Buffer.from([byte]), sent));
      await until('the answer', () => answer.includes('"slow"'));
      socket.destroy();
    });

    test('half a call and then silence holds nobody up', async () => {
      const socket = await send(frame(json({ method: 'echo', params: {} }), 's:1').subarray(0, 9));
      await stillServes();
      socket.destroy();
    });

    test('calls without reading the answers is cut off, and memory stays bounded', async () => {
      const call = frame(json({ method: 'echo', params: { text: 'x'.repeat(1024 * 1024) } }), 's:1');
      const socket = await send(call);
      socket.pause();
      // The kernel takes some of the answers, the server holds the rest: 64 MB of it, and no more.
      for (let n = 0; n < 100; n++) socket.write(call);
      const held = (): number => process.memoryUsage().arrayBuffers;
      const before = held();
      await until('he is cut off', () => {
        expect(held() - before).toBeLessThan(400 * 1024 * 1024);
        return counts.at(-1) === 0;
      });
      socket.destroy();
      await stillServes();
    }, 30_000);
  });

  describe('events', () => {
    test('come in order to every subscriber; one that does not read is cut off, the others go on', async () => {
      const publisher = await openPublisher(`${dir}/pub`);
      const seen: unknown[] = [];
      const onEvent = (_topic: string, packet: unknown): unknown => seen.push((packet as { n?: number }).n);
      const one = await subscribe(`${dir}/pub`, onEvent, DEADLINE);
      const lazy = connectSocket(`${dir}/pub`).pause();
      let isCut = false;
      lazy.on('error', () => undefined).on('close', () => (isCut = true));
      await until('both are there', () => {
        publisher.publish('hello', {});
        return seen.length > 0 && !lazy.connecting;
      });
      const greetings = seen.length;
      const packet = { text: 'x'.repeat(64 * 1024) };
      for (let n = 0; n < 100; n++) {
        publisher.publish('log', { n, ...packet });
        await until('the reader keeps up', () => seen.length > greetings + n);
      }
      // The kernel still has what the lazy one never read; its end shows when it looks.
      lazy.resume();
      await until('the lazy one is cut off', () => isCut);
      const numbers = seen.filter((n) => n !== undefined);
      expect(numbers).toEqual(numbers.map((_, n) => n));
      const gone = new Promise<void>((resolve) => one.onClose(resolve));
      await publisher.close();
      await gone;
    });

    test('a subscriber that sends rubbish is his own problem', async () => {
      const publisher = await openPublisher(`${dir}/pub`);
      const seen: string[] = [];
      const one = await subscribe(`${dir}/pub`, (topic) => seen.push(topic), DEADLINE);
      const socket = connectSocket(`${dir}/pub`).on('error', () => undefined);
      socket.write(Buffer.alloc(1000, 0xff));
      await until('an event', () => {
        publisher.publish('still', {});
        return seen.includes('still');
      });
      socket.destroy();
      one.close();
      await publisher.close();
    });
  });
});
