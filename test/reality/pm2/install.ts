import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The version that PM2-FACTS and docs/pm2-differences.md are about. */
const VERSION = '7.0.4';

/** Two minutes: it is five megabytes and takes five seconds; a registry that is out of reach must not hold the tests. */
const INSTALL_DEADLINE_MS = 120_000;

/**
 * The folder with PM2 in its node_modules, from npm into a temporary folder and kept between runs; null, with the reason
 * printed, when the registry is out of reach. PM2 is a judge here and never a dependency.
 */
export function installPm2(): string | null {
  const folder = join(tmpdir(), `pm-judge-pm2-${VERSION}`);
  if (existsSync(join(folder, 'node_modules/pm2/package.json'))) return folder;
  // Made beside its place: a run that is interrupted leaves no half of it there.
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  writeFileSync(join(making, 'package.json'), '{"private":true}');
  const args = ['install', `pm2@${VERSION}`, '--no-audit', '--no-fund', '--ignore-scripts'];
  const npm = spawnSync('npm', args, { cwd: making, encoding: 'utf8', timeout: INSTALL_DEADLINE_MS });
  if (npm.status === 0) {
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
    return folder;
  }
  rmSync(making, { recursive: true, force: true });
  const why =
    npm.error?.message ?? npm.stderr.trim().split('\n').at(0) ?? `npm ended with ${String(npm.status)}`;
  process.stderr.write(`PM2 ${VERSION} could not be installed, so nothing is judged by it: ${why}\n`);
  return null;
}
