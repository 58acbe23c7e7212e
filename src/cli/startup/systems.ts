import { pmError } from '../../errors';
import type { BootSystem } from './facts';
import { launchd } from './launchd';
import { openbsd, openrc, rcd, systemv, upstart } from './shell-scripts';
import { systemd } from './systemd';

export const BOOT_SYSTEMS = {
  systemd,
  upstart,
  systemv,
  openrc,
  launchd,
  rcd,
  'rcd-openbsd': openbsd,
} as const;
export type BootSystemName = keyof typeof BOOT_SYSTEMS;

export const bootSystem = (name: BootSystemName): BootSystem => BOOT_SYSTEMS[name];

/** PM2's names of platforms. */
const ALIASES: Readonly<Record<string, BootSystemName>> = {
  ubuntu: 'systemd',
  centos: 'systemd',
  arch: 'systemd',
  oracle: 'systemd',
  ubuntu14: 'upstart',
  ubuntu12: 'upstart',
  amazon: 'systemv',
  centos6: 'systemv',
  darwin: 'launchd',
  macos: 'launchd',
  freebsd: 'rcd',
  openbsd: 'rcd-openbsd',
};

/** The first of these commands that is in PATH tells the init system (PM2-FACTS §7.4). */
const SIGNS: readonly (readonly [command: string, system: BootSystemName])[] = [
  ['systemctl', 'systemd'],
  ['update-rc.d', 'upstart'],
  ['chkconfig', 'systemv'],
  ['rc-update', 'openrc'],
  ['launchctl', 'launchd'],
  ['sysrc', 'rcd'],
  ['rcctl', 'rcd-openbsd'],
];

/**
 * The init system of that name, or the one of this machine.
 *
 * @throws PmError STARTUP_UNSUPPORTED
 */
export function chooseBootSystem(
  name: string | undefined,
  isInPath: (command: string) => boolean,
): BootSystemName {
  const known = Object.keys(BOOT_SYSTEMS).join(', ');
  if (name === undefined) {
    const sign = SIGNS.find(([command]) => isInPath(command));
    if (sign !== undefined) return sign[1];
    throw pmError('STARTUP_UNSUPPORTED', { why: 'none of the known init systems is in PATH', known });
  }
  const alias = ALIASES[name];
  if (alias !== undefined) return alias;
  if (Object.hasOwn(BOOT_SYSTEMS, name)) return name as BootSystemName;
  throw pmError('STARTUP_UNSUPPORTED', { why: `${name} is not known`, known });
}
