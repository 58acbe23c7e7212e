import type { Command } from './command';

/** One line of `pm --help`. The command itself is loaded only when it runs. */
export interface TableRow {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export interface TableSection {
  readonly title: string;
  readonly rows: readonly TableRow[];
}

const row = (
  name: string,
  summary: string,
  load: () => Promise<Command>,
  aliases: readonly string[] = [],
): TableRow => ({
  name,
  aliases,
  summary,
  load,
});

/** Every command, with PM2's names. */
export const COMMAND_TABLE: readonly TableSection[] = [
  {
    title: 'Run apps',
    rows: [
      row('start', 'start a script, a command line, an ecosystem file, or a known app', async () =>
        (await import('./commands/start')).makeStart(),
      ),
      row('restart', 'stop and start again', async () => (await import('./commands/restart')).makeRestart()),
      row('reload', 'replace instance by instance, without losing a request', async () =>
        (await import('./commands/reload')).makeReload(),
      ),
      row('rollback', 'go back to an earlier generation of an app', async () =>
        (await import('./commands/rollback')).makeRollback(),
      ),
      row('startOrRestart', 'start the apps of a file, restart those that are there', async () =>
        (await import('./commands/start-or-restart')).makeStartOrRestart(),
      ),
      row('startOrReload', 'start the apps of a file, reload those that are there', async () =>
        (await import('./commands/start-or-reload')).makeStartOrReload(),
      ),
      row('startOrGracefulReload', 'the same', async () =>
        (await import('./commands/start-or-reload')).makeStartOrGracefulReload(),
      ),
      row('apply', 'make what runs be what a file says', async () =>
        (await import('./commands/apply')).makeApply(),
      ),
      row('diff', 'what apply would do, attribute by attribute', async () =>
        (await import('./commands/diff')).makeDiff(),
      ),
      row('check', 'is a file right? Starts nothing, and needs no daemon', async () =>
        (await import('./commands/check')).makeCheck(),
      ),
      row('stop', 'stop, and keep in the list', async () => (await import('./commands/stop')).makeStop()),
      row(
        'delete',
        'stop, and remove from the list',
        async () => (await import('./commands/delete')).makeDelete(),
        ['del'],
      ),
      row('serve', 'serve a folder over HTTP', async () => (await import('./commands/serve')).makeServe(), [
        'expose',
      ]),
      row('scale', 'change the number of instances', async () =>
        (await import('./commands/scale')).makeScale(),
      ),
      row('reset', 'set the restart counters to 0', async () =>
        (await import('./commands/reset')).makeReset(),
      ),
    ],
  },
  {
    title: 'Look',
    rows: [
      row('list', 'the table of all instances', async () => (await import('./commands/list')).makeList(), [
        'ls',
        'l',
        'ps',
        'status',
      ]),
      row(
        'describe',
        'everything about one app, and why it is in its state',
        async () => (await import('./commands/describe')).makeDescribe(),
        ['desc', 'show', 'info'],
      ),
      row('history', 'the versions that an app had', async () =>
        (await import('./commands/history')).makeHistory(),
      ),
      row('why', 'why an app ended, and what happens next', async () =>
        (await import('./commands/why')).makeWhy(),
      ),
      row('jlist', "the list as JSON, in PM2's shape", async () =>
        (await import('./commands/jlist')).makeJlist(),
      ),
      row('prettylist', 'the same, for people', async () =>
        (await import('./commands/prettylist')).makePrettylist(),
      ),
      row('env', 'the environment of an instance', async () => (await import('./commands/env')).makeEnv()),
      row('id', 'the ids of an app', async () => (await import('./commands/id')).makeId()),
      row('pid', 'the pids of an app, or of all', async () => (await import('./commands/pid')).makePid()),
    ],
  },
  {
    title: 'Talk to apps',
    rows: [
      row('send', 'write a line to the standard input', async () =>
        (await import('./commands/send')).makeSend(),
      ),
      row('attach', 'connect the terminal with an instance', async () =>
        (await import('./commands/attach')).makeAttach(),
      ),
      row('sendSignal', 'send a signal', async () =>
        (await import('./commands/send-signal')).makeSendSignal(),
      ),
      row('monitor', "set PM2's flag _km_monitored", async () =>
        (await import('./commands/monitor')).makeMonitor(),
      ),
      row('unmonitor', 'clear it', async () => (await import('./commands/unmonitor')).makeUnmonitor()),
    ],
  },
  {
    title: 'Logs',
    rows: [
      row(
        'logs',
        'the last lines of the logs, and what comes',
        async () => (await import('./commands/logs')).makeLogs(),
        ['log'],
      ),
      row('flush', 'empty the log files', async () => (await import('./commands/flush')).makeFlush()),
      row('reloadLogs', 'open the log files anew (after logrotate)', async () =>
        (await import('./commands/reload-logs')).makeReloadLogs(),
      ),
    ],
  },
  {
    title: 'Begin, and ask for help',
    rows: [
      row('init', 'write an ecosystem.config.js', async () => (await import('./commands/init')).makeInit(), [
        'ecosystem',
      ]),
      row('import', "start the apps of PM2's dump", async () =>
        (await import('./commands/import')).makeImport(),
      ),
      row('examples', 'how pm is used', async () => (await import('./commands/examples')).makeExamples()),
      row('completion', 'completion for bash and zsh', async () =>
        (await import('./commands/completion')).makeCompletion(commandNames()),
      ),
      row('slist', 'figures of this machine', async () => (await import('./commands/slist')).makeSlist(), [
        'sysinfos',
      ]),
      row('report', 'what a bug report needs', async () => (await import('./commands/report')).makeReport()),
    ],
  },
  {
    title: 'The daemon',
    rows: [
      row('ping', 'ask God whether it is there', async () => (await import('./commands/ping')).makePing()),
      row('kill', 'stop every app, and God', async () => (await import('./commands/kill')).makeKill()),
      row(
        'update',
        'replace God by one of this version; apps go on',
        async () => (await import('./commands/update')).makeUpdate(),
        ['updatePM2'],
      ),
    ],
  },
  {
    title: 'Over a reboot',
    rows: [
      row('save', 'write the list to dump.json', async () => (await import('./commands/save')).makeSave(), [
        'dump',
      ]),
      row('resurrect', 'start what was saved and is not there', async () =>
        (await import('./commands/resurrect')).makeResurrect(),
      ),
      row('cleardump', 'save an empty list', async () =>
        (await import('./commands/cleardump')).makeCleardump(),
      ),
      row('startup', 'let the machine start pm when it boots', async () =>
        (await import('./commands/startup')).makeStartup(),
      ),
      row('unstartup', 'take that back', async () => (await import('./commands/unstartup')).makeUnstartup()),
    ],
  },
];

const ROWS = COMMAND_TABLE.flatMap(({ rows }) => rows);

/** By name or alias. */
export const findCommand = (word: string): TableRow | undefined =>
  ROWS.find(({ name, aliases }) => name === word || aliases.includes(word));

/** Every name and alias, for suggestions. */
export const commandNames = (): string[] => [
  'help',
  ...ROWS.flatMap(({ name, aliases }) => [name, ...aliases]),
];
