import { decideReady, type ReadyFacts } from '../../../../src/god/policy/ready';
import type { ListenAddress } from '../../../../src/model/instance';

const at = (port: number, address: string | null = null): ListenAddress => ({ port, address, family: 6 });

const FACTS: ReadyFacts = {
  spec: { waitReady: false, listenTimeoutMs: 3000, minUptimeMs: 1000, execMode: 'fork' },
  readySent: false,
  listening: [],
  predecessor: null,
  aliveMs: 0,
  runningMs: 0,
  hasSaidReady: false,
  listenError: null,
};
const spec = (changes: Partial<ReadyFacts['spec']>): ReadyFacts['spec'] => ({ ...FACTS.spec, ...changes });
const serving = { listening: [at(3000)], serves: true, specChanged: false, tookMs: null };

test.each<[string, Partial<ReadyFacts>, string]>([
  [
    'wait_ready waits',
    { spec: spec({ waitReady: true }), listening: [at(3000)], aliveMs: 2999 },
    'pending 1',
  ],
  [
    'wait_ready is proven by the message',
    { spec: spec({ waitReady: true }), readySent: true },
    'proven ready message',
  ],
  [
    'wait_ready that times out ends nobody where nobody else serves',
    { spec: spec({ waitReady: true }), aliveMs: 3000 },
    'late no ready message (wait_ready) within 3 s (listen_timeout)',
  ],
  [
    'a candidate without its ready message is given up',
    { spec: spec({ waitReady: true }), predecessor: { ...serving, tookMs: 500 }, aliveMs: 3000 },
    'failed no ready message (wait_ready) within 3 s (listen_timeout; the one before took 500 ms)',
  ],
  [
    'an app that has never said ready is proven by listening, late',
    { spec: spec({ waitReady: true }), listening: [at(3000)], aliveMs: 3000 },
    'proven listening on :3000, without a ready message',
  ],
  [
    'a candidate of it must listen where the old one does',
    { spec: spec({ waitReady: true }), predecessor: serving, listening: [at(4000)], aliveMs: 3000 },
    'failed no ready message (wait_ready) within 3 s (listen_timeout)',
  ],
  [
    'one whose predecessors have said ready must say it',
    { spec: spec({ waitReady: true }), hasSaidReady: true, listening: [at(3000)], aliveMs: 3000 },
    'late no ready message (wait_ready) within 3 s (listen_timeout)',
  ],
  ['the first listener proves itself by listening', { listening: [at(3000)] }, 'proven listening on :3000'],
  [
    'a fork app that does not listen proves itself by living',
    { aliveMs: 1000 },
    'proven alive for 1 s, does not listen',
  ],
  ['before that it is pending', { aliveMs: 400 }, 'pending 600'],
  [
    'an hour of min_uptime does not keep a start waiting',
    { spec: spec({ minUptimeMs: 3_600_000 }), aliveMs: 3000 },
    'proven alive for 3 s, does not listen',
  ],
  [
    'the first worker of a cluster app has listen_timeout to listen',
    { spec: spec({ execMode: 'cluster' }), aliveMs: 1000 },
    'pending 2000',
  ],
  [
    'a cluster app known not to listen has min_uptime',
    {
      spec: spec({ execMode: 'cluster' }),
      predecessor: { listening: [], serves: true, specChanged: false, tookMs: null },
      aliveMs: 1000,
    },
    'proven alive for 1 s, does not listen',
  ],
  [
    'a candidate must listen where the old one does',
    { predecessor: serving, listening: [at(4000)], aliveMs: 10 },
    'pending 2990',
  ],
  [
    'a candidate that does is proven',
    { predecessor: serving, listening: [at(4000), at(3000)] },
    'proven listening on :4000, :3000',
  ],
  [
    'the family is not compared',
    { predecessor: serving, listening: [{ ...at(3000), family: 4 }] },
    'proven listening on :3000',
  ],
  [
    'a candidate that listens elsewhere fails',
    { predecessor: serving, listening: [at(4000)], aliveMs: 3000 },
    'failed not listening on :3000 as the one before within 3 s (listen_timeout)',
  ],
  [
    'the error of its listen is said',
    { predecessor: serving, listenError: 'EADDRINUSE :3000', aliveMs: 3000 },
    'failed not listening on :3000 as the one before: EADDRINUSE :3000 within 3 s (listen_timeout)',
  ],
  [
    'a changed app may listen elsewhere',
    { predecessor: { ...serving, specChanged: true }, listening: [at(4000)] },
    'proven listening on :4000',
  ],
  [
    'but it must listen',
    { predecessor: { ...serving, specChanged: true }, aliveMs: 3000 },
    'failed not listening, as the one before did within 3 s (listen_timeout)',
  ],
  [
    'after a crash any address will do',
    { predecessor: { ...serving, serves: false }, listening: [at(51234)] },
    'proven listening on :51234',
  ],
  [
    'after a crash a slow one is not ended for being slow',
    { predecessor: { ...serving, serves: false }, aliveMs: 3000 },
    'late not listening, as the one before did within 3 s (listen_timeout)',
  ],
  [
    'a candidate has three times as long as the one before needed',
    { predecessor: { ...serving, tookMs: 5000 }, aliveMs: 14_000 },
    'pending 1000',
  ],
  [
    'and then the message names what bounds it',
    { predecessor: { ...serving, tookMs: 5000 }, aliveMs: 15_000 },
    'failed not listening on :3000 as the one before within 15 s (three times as long as the one before; listen_timeout is 3 s; the one before took 5 s)',
  ],
  [
    'the process lives, its program is still being loaded: that is no uptime',
    { aliveMs: 2000, runningMs: null },
    'pending 1000',
  ],
  [
    'and it is said when that takes long',
    { aliveMs: 3000, runningMs: null },
    'late its program is still being loaded within 3 s (listen_timeout)',
  ],
  ['min_uptime counts from when the program runs', { aliveMs: 1500, runningMs: 200 }, 'pending 800'],
  ['one that was late has its min_uptime all the same', { aliveMs: 5500, runningMs: 500 }, 'pending 500'],
  [
    'of which nothing was ever heard is taken for alive in the end',
    { aliveMs: 9000, runningMs: null },
    'proven alive for 9 s, does not listen',
  ],
])('%s', (_, facts, expected) => {
  const readiness = decideReady({ ...FACTS, runningMs: facts.aliveMs ?? 0, ...facts });
  const rest = readiness.kind === 'pending' ? readiness.inMs : readiness.reason;
  expect(`${readiness.kind} ${rest}`).toBe(expected);
});

test('addresses are written as people write them', () => {
  const listening = [
    at(80, '127.0.0.1'),
    at(80, '::1'),
    { port: null, address: '/run/x.sock', family: -1 as const },
  ];
  expect(decideReady({ ...FACTS, listening })).toMatchObject({
    reason: 'listening on 127.0.0.1:80, [::1]:80, /run/x.sock',
  });
});
