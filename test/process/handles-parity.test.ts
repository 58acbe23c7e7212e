import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { app, createHome, type TestHome } from '../rig/home';
import { newerNode, openPackages, WITH_NEWER_NODE } from '../rig/newer-node';
import { until } from '../rig/wait';

type Transcript = Readonly<Record<string, readonly string[]>>;

const SCRIPT = app('handles/scenarios.js');
const SCENARIOS = jest.requireActual<string[]>(SCRIPT);
/** Some scenarios wait up to a second for the kernel to say no. */
const DEADLINE_MS = 30_000;

const readTranscript = (path: string): Transcript => JSON.parse(readFileSync(path, 'utf8')) as Transcript;

/** The transcript of the app alone, which must end by itself: nothing of it may stay open. */
async function runBare(node: string, home: TestHome, env: Record<string, string>): Promise<Transcript> {
  const path = `${home.cwd}/bare.json`;
  const child = spawn(node, [SCRIPT], {
    cwd: home.cwd,
    env: { ...home.env, ...env, TRANSCRIPT: path },
    stdio: 'ignore',
  });
  expect(await once(child, 'exit')).toEqual([0, null]);
  return readTranscript(path);
}

/** The transcripts of the same app under pm, one app for each balance, all at once. */
async function runUnderPm(
  node: string | null,
  home: TestHome,
  balances: readonly string[],
  env: Record<string, string>,
): Promise<Record<string, Transcript>> {
  const pathOf = (balance: string): string => `${home.cwd}/${balance}.json`;
  const apps = balances.map((balance) => ({
    name: balance,
    script: SCRIPT,
    cwd: home.cwd,
    exec_mode: 'cluster',
    instances: 1,
    balance,
    ...(node === null ? {} : { interpreter: node }),
    env: { ...env, STAY: '1', TRANSCRIPT: pathOf(balance) },
  }));
  await home.ok(['start', home.write('ecosystem.json', JSON.stringify({ apps }))]);
  const read = (): [string, Transcript][] =>
    balances.map((balance) => [balance, readTranscript(pathOf(balance))]);
  return Object.fromEntries(await until('every transcript', read, { deadlineMs: DEADLINE_MS }));
}

const SYSTEM = { title: 'this Node', newer: false, extra: [] };
const NEWER = { title: 'a newer Node', newer: true, extra: ['reuseport'] };

describe.each(WITH_NEWER_NODE ? [SYSTEM, NEWER] : [SYSTEM])(
  'a server behaves as without pm, on $title',
  ({ newer, extra }) => {
    const balances = ['round-robin', 'least-connections', 'ip-hash', 'shared', ...extra];
    const packages = openPackages();
    let home: TestHome;
    let foreign: Server;
    let port: number;
    let bare: Transcript;
    let underPm: Record<string, Transcript>;

    beforeAll(async () => {
      home = createHome();
      foreign = createServer().listen(0);
      await once(foreign, 'listening');
      ({ port } = foreign.address() as AddressInfo);
      const node = newer ? (await newerNode(packages)).path : null;
      const env = { FOREIGN_PORT: String(port) };
      [bare, underPm] = await Promise.all([
        runBare(node ?? process.execPath, home, env),
        runUnderPm(node, home, balances, env),
      ]);
    }, 300_000);
    afterAll(async () => {
      foreign.close();
      packages.dispose();
      await home.dispose();
    });

    test.each(SCENARIOS)('%s', (scenario) => {
      const wanted = Object.fromEntries(balances.map((balance) => [balance, bare[scenario]]));
      const seen = Object.fromEntries(balances.map((balance) => [balance, underPm[balance]?.[scenario]]));
      expect(seen).toEqual(wanted);
      // A transcript in which something threw would be equal as well.
      expect(bare[scenario]?.join('\n')).not.toMatch(/^\w*Error: /m);
    });

    test('God knows which listen failed, and why', async () => {
      for (const balance of balances) {
        const told = new RegExp(`${balance}#\\d could not listen: EADDRINUSE :${port}`);
        await until(`God tells of ${balance}`, () => told.test(home.log()));
      }
    });
  },
);
