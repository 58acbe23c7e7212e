import type { OptionDeclaration } from '../command';

/** Options of every command; the rest of PM2's global ones are attributes, or belong to the commands named here. */
export const EVERYWHERE: readonly OptionDeclaration[] = [
  { flags: '-s, --silent', help: 'Say nothing but errors and the data asked for.' },
  { flags: '--no-color', help: 'No colours; NO_COLOR does the same.' },
  { flags: '-v, --version', help: 'Print the version.' },
  { flags: '-h, --help', help: 'Print this help.' },
];

/** How the table that most commands end with is drawn. */
export const TABLE_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '-m, --mini-list', help: 'Print plain lines instead of the table.' },
  {
    flags: '--sort <field>',
    help: 'Sort by a column: name, id, restarts, memory, cpu, uptime, status, exit …; add :desc to turn it round.',
  },
  { flags: '--sick', help: 'What needs a look first.' },
];

/** Which apps of a file, and with which environment. */
export const FILE_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '--env <name>', help: 'Use env_<name> of the file on top of env.' },
  { flags: '--only <names>', help: 'Only these apps of the file, separated by commas.' },
  {
    flags: '--strict',
    help: 'Refuse attributes that pm does not know, instead of a warning; PM_STRICT=1 does the same.',
  },
];

/** What narrows selectors. Whatever takes selectors takes these; anything else refuses them (line/ignored.ts). */
export const NARROWING_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '--namespace <names>', help: 'Only what is in these namespaces, separated by commas.' },
  { flags: '--only <names>', help: 'Only apps of these names, separated by commas.' },
];

/** The same, where `--name` does not rename. */
export const NARROWING_BY_NAME: readonly OptionDeclaration[] = [
  ...NARROWING_OPTIONS,
  { flags: '-n, --name <name>', help: 'Only the app of this name.' },
];

export const UPDATE_ENV: OptionDeclaration = {
  flags: '-a, --update-env',
  help: "Take the caller's environment instead of the one the app was started with.",
};

/** Options of what starts or renews apps. */
export const START_OPTIONS: readonly OptionDeclaration[] = [
  UPDATE_ENV,
  {
    flags: '--parallel <count>',
    help: 'Renew this many instances of an app at a time; by default two, one of an app with up to two.',
  },
  {
    flags: '--wait',
    help: 'Wait until every instance has proven that it is ready, and not only for listen_timeout.',
  },
  { flags: '--timeout <time>', help: 'With --wait: for so long at most (90s, 5m); exit code 1 after it.' },
  { flags: '--attach', help: 'Show what the apps print afterwards, until Ctrl-C.' },
];

/** PM2 takes any option with any command. */
export const TAKEN_EVERYWHERE: readonly OptionDeclaration[] = [
  ...TABLE_OPTIONS,
  ...FILE_OPTIONS,
  ...START_OPTIONS,
];
