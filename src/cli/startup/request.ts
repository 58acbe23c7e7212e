import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { pmError } from '../../errors';
import { homeAt, type Home } from '../../home';
import { userHome as homeOf } from '../../home/open-home';
import { cliPath } from '../../launch';
import { askForUser, lookupUser } from '../../platform';
import { text, type Context, type Input, type OptionDeclaration } from '../command';
import { shellWord, type BootFacts, type User } from './facts';
import { chooseBootSystem, type BootSystemName } from './systems';

export const STARTUP_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '-u, --user <name>', help: 'The user whose pm is meant; the caller when absent.' },
  { flags: '--hp <path>', help: "That user's home folder; PM_HOME is .pm in it." },
  { flags: '--service-name <name>', help: 'Another name than pm-<user>.' },
  { flags: '--wait-ip', help: 'Start only when the network is up.' },
];

/** What `startup` and `unstartup` are about. */
export interface BootRequest {
  readonly system: BootSystemName;
  readonly facts: BootFacts;
  readonly user: User;
  readonly home: Home;
}

/** @throws PmError STARTUP_UNSUPPORTED, USER_NOT_FOUND */
export function readBootRequest(input: Input, context: Context): BootRequest {
  const { env } = context;
  const system = chooseBootSystem(input.args[0], (command) => isInPath(command, env['PATH']));
  const name = text(input, 'user') ?? env['USER'] ?? env['LOGNAME'] ?? String(process.getuid?.() ?? '');
  const user = lookupUser(name) ?? askForUser(name);
  if (user === null) throw pmError('USER_NOT_FOUND', { user: name });
  const userHome = text(input, 'hp') ?? user.home;
  const given = text(input, 'hp') === undefined ? env['PM_HOME'] : undefined;
  // The caller's own is where all other commands look for it, whatever the system has written down.
  const isCaller = text(input, 'hp') === undefined && user.uid === process.getuid?.();
  const usual = join(isCaller ? homeOf(env) : userHome, '.pm');
  const home = homeAt(given === undefined || given === '' ? usual : given);
  const facts: BootFacts = {
    service: text(input, 'serviceName') ?? `pm-${user.name}`,
    user: user.name,
    userHome,
    pmHome: home.path,
    launcher: home.launcher,
    pidFile: home.pidFile,
    path: bootPath(env['PATH']),
    waitIp: input.options['waitIp'] === true,
  };
  return { system, facts, user, home };
}

/** The caller's, the folder of this Node, and what is usual: each once, in this order. */
function bootPath(callers = ''): string {
  const usual = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  const all = [...callers.split(delimiter), dirname(process.execPath), ...usual];
  return [...new Set(all.filter((folder) => folder.startsWith('/')))].join(delimiter);
}

const isInPath = (command: string, path = ''): boolean =>
  path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** What somebody who is not root has to paste. */
export function sudoLine(command: string, { system, facts, home }: BootRequest, input: Input): string {
  const { user, userHome, waitIp } = facts;
  const pmHome = home.path === join(userHome, '.pm') ? '' : ` PM_HOME=${shellWord(home.path)}`;
  const where = pmHome === '' ? ` --hp ${shellWord(userHome)}` : '';
  const name = text(input, 'serviceName');
  const options = [
    name === undefined ? '' : ` --service-name ${shellWord(name)}`,
    waitIp && command === 'startup' ? ' --wait-ip' : '',
  ].join('');
  const node = dirname(process.execPath);
  return `sudo env PATH="$PATH:${node}"${pmHome} ${shellWord(cliPath())} ${command} ${system} -u ${shellWord(user)}${where}${options}`;
}
