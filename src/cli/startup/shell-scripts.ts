import { shellWord, type BootFacts, type BootSystem } from './facts';

/*
 * Init systems whose boot script is a shell script. All of them start pm as the user, and stop it by SIGTERM to God,
 * which ends every app in order and starts the same ones the next time.
 */

/** Runs a command of a shell as the user, nothing of whom root is to believe. */
type AsUser = (facts: BootFacts, command: string) => string;

/** util-linux and busybox. */
const su: AsUser = ({ user }, command) => `su -s /bin/sh -c ${shellWord(command)} ${shellWord(user)}`;

/** Without `-m` it is the user's own shell, which may be nologin; with it, it is root's, which may be csh. */
const freebsdSu: AsUser = ({ user, userHome }, command) =>
  `su -m ${shellWord(user)} -c ${shellWord(`exec env HOME=${shellWord(userHome)} /bin/sh -c ${shellWord(command)}`)}`;

const openbsdSu: AsUser = ({ user }, command) => `su -s /bin/sh ${shellWord(user)} -c ${shellWord(command)}`;

/** With the environment that a login would not give. */
const pm = ({ path, pmHome, launcher }: BootFacts, args: string): string =>
  `PATH=${shellWord(path)} PM_HOME=${shellWord(pmHome)} exec ${shellWord(launcher)} ${args}`;

/** Longest that the stop of all apps is waited for. */
const STOP_SECONDS = 120;

/** As the user as well: root would signal whatever pid the file names. */
const terminate = ({ pidFile }: BootFacts): string =>
  [
    `pid=$(cat ${shellWord(pidFile)} 2>/dev/null) && kill -TERM "$pid" 2>/dev/null || exit 0`,
    'seconds=0',
    `while kill -0 "$pid" 2>/dev/null && [ "$seconds" -lt ${STOP_SECONDS} ]`,
    'do sleep 1',
    'seconds=$((seconds + 1))',
    'done',
  ].join('; ');

const isRunning = ({ pidFile }: BootFacts): string =>
  `kill -0 "$(cat ${shellWord(pidFile)} 2>/dev/null)" 2>/dev/null`;

export const openrc: BootSystem = {
  file: ({ service }) => `/etc/init.d/${service}`,
  mode: 0o755,
  text: (facts) => `#!/sbin/openrc-run
description="pm process manager (${facts.service})"
extra_started_commands="reload"

depend() {
  ${facts.waitIp ? 'need net' : 'use net'}
  after bootmisc
}

start() {
  ebegin "Starting $RC_SVCNAME"
  ${su(facts, pm(facts, 'resurrect --boot'))}
  eend $?
}

stop() {
  ebegin "Stopping $RC_SVCNAME"
  ${su(facts, terminate(facts))}
  eend 0
}

reload() {
  ebegin "Reloading $RC_SVCNAME"
  ${su(facts, pm(facts, 'reload all'))}
  eend $?
}

status() {
  ${su(facts, isRunning(facts))} && einfo "status: started" || { einfo "status: stopped"; return 3; }
}
`,
  enable: ({ service }) => [['rc-update', 'add', service, 'default']],
  disable: ({ service }) => [['rc-update', 'del', service, 'default']],
};

/** Upstart and System V read the same script. */
const initScript = (facts: BootFacts): string => `#!/bin/sh
### BEGIN INIT INFO
# Provides:          ${facts.service}
# Required-Start:    $local_fs $remote_fs${facts.waitIp ? ' $network' : ''}
# Required-Stop:     $local_fs $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: pm process manager
### END INIT INFO
# chkconfig: 2345 98 02
# description: pm process manager

start() {
  ${su(facts, pm(facts, 'resurrect --boot'))}
}

stop() {
  ${su(facts, terminate(facts))}
}

case "$1" in
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  reload) ${su(facts, pm(facts, 'reload all'))} ;;
  status) ${su(facts, isRunning(facts))} && echo running || { echo stopped; exit 3; } ;;
  *) echo "Usage: $0 {start|stop|restart|reload|status}" >&2; exit 2 ;;
esac
`;

const inInitD = {
  file: ({ service }: BootFacts) => `/etc/init.d/${service}`,
  mode: 0o755,
  text: initScript,
} as const;

export const upstart: BootSystem = {
  ...inInitD,
  enable: ({ service }) => [['update-rc.d', service, 'defaults']],
  disable: ({ service }) => [['update-rc.d', '-f', service, 'remove']],
};

export const systemv: BootSystem = {
  ...inInitD,
  enable: ({ service }) => [
    ['chkconfig', '--add', service],
    ['chkconfig', service, 'on'],
  ],
  disable: ({ service }) => [['chkconfig', '--del', service]],
};

/** Names of rc.d are variables of the shell: no dashes. */
const rcName = ({ service }: BootFacts): string => service.replaceAll(/\W/g, '_');

export const rcd: BootSystem = {
  file: (facts) => `/usr/local/etc/rc.d/${rcName(facts)}`,
  mode: 0o755,
  text: (facts) => `#!/bin/sh
# PROVIDE: ${rcName(facts)}
# REQUIRE: LOGIN${facts.waitIp ? ' NETWORKING' : ''}
# KEYWORD: shutdown

. /etc/rc.subr

name=${rcName(facts)}
rcvar=${rcName(facts)}_enable
start_cmd=pm_start
stop_cmd=pm_stop
reload_cmd=pm_reload
status_cmd=pm_status
extra_commands="reload status"

pm_start() {
  ${freebsdSu(facts, pm(facts, 'resurrect --boot'))}
}

pm_stop() {
  ${freebsdSu(facts, terminate(facts))}
}

pm_reload() {
  ${freebsdSu(facts, pm(facts, 'reload all'))}
}

pm_status() {
  ${freebsdSu(facts, isRunning(facts))} && echo "$name is running" || { echo "$name is not running"; return 1; }
}

load_rc_config $name
run_rc_command "$1"
`,
  enable: (facts) => [['sysrc', `${rcName(facts)}_enable=YES`]],
  disable: (facts) => [['sysrc', '-x', `${rcName(facts)}_enable`]],
};

export const openbsd: BootSystem = {
  file: (facts) => `/etc/rc.d/${rcName(facts)}`,
  mode: 0o755,
  text: (facts) => `#!/bin/ksh
daemon=${shellWord(facts.launcher)}
daemon_user=${shellWord(facts.user)}

. /etc/rc.d/rc.subr

rc_check() {
  ${openbsdSu(facts, isRunning(facts))}
}

rc_start() {
  ${openbsdSu(facts, pm(facts, 'resurrect --boot'))}
}

rc_stop() {
  ${openbsdSu(facts, terminate(facts))}
}

rc_reload() {
  ${openbsdSu(facts, pm(facts, 'reload all'))}
}

rc_cmd $1
`,
  enable: (facts) => [['rcctl', 'enable', rcName(facts)]],
  disable: (facts) => [['rcctl', 'disable', rcName(facts)]],
};
