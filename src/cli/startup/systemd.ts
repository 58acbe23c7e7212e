import type { BootFacts, BootSystem } from './facts';

/**
 * Only God is systemd's business: it is the main process, by the pid file. Shims keep the apps, and a shim starts another
 * God when one dies, so:
 *
 * - `KillMode=process`: when God is restarted its shims must live on. Stopping the service sends God SIGTERM, and God
 *   itself stops every app in order; what it wanted to run is started again with the next start.
 * - `OOMPolicy=continue`: one app that the kernel kills for its memory must not stop all others.
 * - `RestartForceExitStatus=75`: the code of a God that has handed over to a newer one (`pm update`); starting again finds
 *   the new one. Any crash of God is the same.
 * - `--boot`: does not wait for apps (one that is broken must not fail the boot), and sees to it that God belongs to this
 *   service even when somebody has started one by hand before.
 */
const text = ({ user, pmHome, launcher, pidFile, path, waitIp, service }: BootFacts): string => `[Unit]
Description=pm process manager (${service})
Documentation=https://www.npmjs.com/package/pm-god
${waitIp ? 'Wants=network-online.target\nAfter=network-online.target' : 'After=network.target'}
StartLimitIntervalSec=0

[Service]
Type=forking
User=${user}
Environment=${quoted(`PATH=${path}`)}
Environment=${quoted(`PM_HOME=${pmHome}`)}
PIDFile=${pidFile.replaceAll('%', '%%')}
ExecStart=${quoted(launcher)} resurrect --boot
ExecReload=${quoted(launcher)} reload all
Restart=on-failure
RestartForceExitStatus=75
RestartSec=1
KillMode=process
TimeoutStopSec=120
OOMPolicy=continue
Delegate=yes
LimitNOFILE=infinity
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`;

/** systemd expands %; the rest is quoted as in C. */
const quoted = (value: string): string =>
  `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;

export const systemd: BootSystem = {
  file: ({ service }) => `/etc/systemd/system/${service}.service`,
  text,
  mode: 0o644,
  enable: ({ service }) => [
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'enable', service],
  ],
  disable: ({ service }) => [['systemctl', 'disable', service]],
};
