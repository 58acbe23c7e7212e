import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { createHome } from '../../rig/home';
import { freePort, get } from '../../rig/http';
import { until } from '../../rig/wait';
import { canReusePort, type NodeBinary } from '../support/node-binary';
import type { Packages } from '../support/packages';

const run = promisify(execFile);
const APP = resolve(__dirname, 'app.js');
const GROUP = resolve(__dirname, 'group.js');
export const PM2 = 'pm2@7.0.4';

/** Something that serves the app on a port. */
export interface Contender {
  readonly name: string;
  readonly port: number;
  /** In the environment of all its processes, and of no other. */
  readonly tag: string;
  close(): Promise<void>;
}

/** Those that are compared with each other, all at once. */
export class Contenders {
  readonly all: Contender[] = [];

  constructor(
    private readonly node: NodeBinary,
    private readonly instances: number,
  ) {}

  /** As fast as it can be without a manager: a socket per process where the kernel can, else one for all. */
  openBare(): Promise<Contender> {
    return canReusePort(this.node)
      ? this.openGroup('bare, reusePort', 'bare')
      : this.openGroup('bare, one socket', 'none');
  }

  openNodeCluster(): Promise<Contender> {
    return this.openGroup('node:cluster', 'rr');
  }

  async openPm2(packages: Packages): Promise<Contender> {
    const pm2 = resolve(await packages.install(PM2), 'bin/pm2');
    const port = await freePort();
    const home = mkdtempSync('/tmp/pm-bench-');
    const env = { PATH: process.env['PATH'], HOME: home, PM2_HOME: home, PORT: String(port) };
    const call = (...args: string[]): Promise<unknown> => run(this.node.path, [pm2, ...args], { env });
    await call('start', APP, '-i', String(this.instances));
    return this.add({
      name: PM2,
      port,
      tag: home,
      close: async () => {
        await call('kill');
        rmSync(home, { recursive: true, force: true });
      },
    });
  }

  async openPm(balance: string): Promise<Contender> {
    const port = await freePort();
    const home = createHome();
    const node = ['--interpreter', this.node.path];
    await home.ok(['start', APP, '-i', String(this.instances), '--balance', balance, ...node], {
      env: { PORT: String(port) },
    });
    return this.add({ name: `pm, ${balance}`, port, tag: home.env['HOME']!, close: () => home.dispose() });
  }

  /** Whatever fails, each is told to end. */
  async close(): Promise<void> {
    const results = await Promise.allSettled(this.all.map((contender) => contender.close()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private async openGroup(name: string, how: string): Promise<Contender> {
    const port = await freePort();
    const tag = `pm-bench-group-${String(port)}`;
    const child = spawn(this.node.path, [GROUP, how, String(this.instances)], {
      env: { PATH: process.env['PATH'], PORT: String(port), BENCH_TAG: tag },
      stdio: 'inherit',
      // A session of its own, as the others have: Linux shares the CPUs between sessions (autogroup).
      detached: true,
    });
    const close = async (): Promise<void> => {
      const gone = once(child, 'exit');
      process.kill(-child.pid!, 'SIGKILL');
      await gone;
    };
    return this.add({ name, port, tag, close });
  }

  private async add(contender: Contender): Promise<Contender> {
    this.all.push(contender);
    const isThere = async (): Promise<boolean> => (await get({ port: contender.port })).status === 200;
    await until(`${contender.name} answers`, isThere);
    return contender;
  }
}
