/** Commands of PM2 that pm does not have on purpose, and what to do instead. Saying so helps more than a similar name. */
const ABSENT: Readonly<Record<string, string>> = {
  trigger:
    'pm puts no library into your apps: send a signal (`pm sendSignal`), a line (`pm send`), or ask the app over HTTP',
  inspect:
    'start the app with `--node-args --inspect`, or send it SIGUSR1 (`pm sendSignal SIGUSR1 <id>`) and open chrome://inspect',
  set: 'pm has no settings file: everything is an attribute of an app (docs/attributes.md) or a PM_ variable',
  multiset:
    'pm has no settings file: everything is an attribute of an app (docs/attributes.md) or a PM_ variable',
  get: 'pm has no settings file: `pm describe <name>` shows every setting of an app',
  conf: 'pm has no settings file: everything is an attribute of an app (docs/attributes.md) or a PM_ variable',
  unset:
    'pm has no settings file: everything is an attribute of an app (docs/attributes.md) or a PM_ variable',
  logrotate:
    'pm rotates logs itself; for an external logrotate use `copytruncate`, or `pm reloadLogs` in postrotate',
  create: 'write an ecosystem file with `pm init`',
  deploy:
    'deploy with rsync, git or your CI, then `pm startOrReload ecosystem.config.js --env production` on the machine',
  install: 'pm has no modules: log rotation is built in; run anything else as an app',
  uninstall: 'pm has no modules: `pm delete <name>` removes an app',
  'module:update': 'pm has no modules: run what you need as an app',
  'module:generate': 'pm has no modules: run what you need as an app',
  package: 'pm has no modules: use `npm pack`',
  publish: 'pm has no modules: use `npm publish`',
  pull: 'run `git pull` in the folder of the app, then `pm reload <name>`',
  forward: 'run `git checkout` in the folder of the app, then `pm reload <name>`',
  backward: 'run `git checkout` in the folder of the app, then `pm reload <name>`',
  deepUpdate: 'update with `npm install -g pm-god`; the next command takes over what runs',
  monit: 'use `pm list --watch` and `pm logs`',
  imonit: 'use `pm list --watch`',
  dashboard: 'use `pm list --watch` and `pm logs`',
  'profile:mem':
    'start the app with `--node-args --heapsnapshot-signal=SIGUSR2`, then `pm sendSignal SIGUSR2 <id>`',
  'profile:cpu': 'start the app with `--node-args --cpu-prof`',
  link: 'pm calls no service: `pm list --json` and `pm jlist` are for programs',
  unlink: 'pm is linked to no service',
  open: 'pm has no dashboard of a vendor: use `pm list`',
  plus: 'pm has no service to register with',
  login: 'pm has no service to log in to',
  logout: 'pm has no service to log out of',
  autoinstall: 'it does nothing in PM2 either',
  'install-otel':
    'install the tracing package of your app yourself, and load it with `--node-args "--require <package>"`',
  'uninstall-otel': 'pm installs no packages',
  gracefulReload: 'use `pm reload`',
  web: 'use `pm list --json`',
  interact: 'pm calls no service',
};

const ALIASES: Readonly<Record<string, string>> = {
  config: 'conf',
  dash: 'dashboard',
  register: 'plus',
  'module:install': 'install',
  'module:uninstall': 'uninstall',
  'module:publish': 'publish',
};

/** What to do instead of that command of PM2's; undefined when it is none that is absent on purpose. */
export const insteadOf = (command: string): string | undefined => {
  const name = ALIASES[command] ?? command;
  return Object.hasOwn(ABSENT, name) ? ABSENT[name] : undefined;
};

/** Every one of them, aliases too. */
export const absentCommands = (): string[] => [...Object.keys(ABSENT), ...Object.keys(ALIASES)];
