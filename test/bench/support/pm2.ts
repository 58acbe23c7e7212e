import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Packages } from './packages';

const run = promisify(execFile);

/** Fifty apps on a machine that is busy. */
const COMMAND_DEADLINE_MS = 180_000;

/** PM2 with a home of its own, to be compared with. */
export interface Pm2 {
  run(...args: readonly string[]): Promise<void>;
  godPid(): number;
  /** Ends its God and all apps. */
  dispose(): Promise<void>;
}

export const PM2_SPEC = 'pm2@7.0.4';

export async function openPm2(packages: Packages): Promise<Pm2> {
  const program = join(await packages.install(PM2_SPEC), 'bin/pm2');
  const home = mkdtempSync('/tmp/pm-bench-pm2-');
  const env = { PATH: process.env['PATH'], HOME: home, PM2_HOME: home, LANG: 'C.UTF-8' };
  const pm2 = async (...args: readonly string[]): Promise<void> => {
    await run(process.execPath, [program, ...args], { env, cwd: home, timeout: COMMAND_DEADLINE_MS });
  };
  return {
    run: pm2,
    godPid: () => Number(readFileSync(join(home, 'pm2.pid'), 'utf8')),
    dispose: async () => {
      await pm2('kill');
      rmSync(home, { recursive: true, force: true });
    },
  };
}
