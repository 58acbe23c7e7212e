import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pmError, reasonOf, systemCodeOf } from '../../errors';
import type { Home } from '../../home';
import { cliPath, launcherText } from '../../launch';
import type { Command } from '../command';
import type { User } from '../startup/facts';
import { applyBootCommands, bootTarget } from '../startup/apply';
import { STARTUP_OPTIONS, readBootRequest, sudoLine } from '../startup/request';
import { bootSystem } from '../startup/systems';

export const makeStartup = (): Command => ({
  name: 'startup',
  args: '[platform]',
  description:
    'Writes the boot script of this machine and switches it on. Needs root: everybody else is told the command to paste. With DESTDIR the script is written below that folder and nothing is switched on.',
  options: STARTUP_OPTIONS,
  examples: [
    ['pm startup', 'finds the init system by itself'],
    ['sudo env PATH="$PATH" pm startup systemd -u deploy --hp /home/deploy', 'for another user'],
  ],
  run: async (input, context) => {
    const { output } = context;
    const request = readBootRequest(input, context);
    output.info(`Init System found: ${request.system}`);
    const target = bootTarget(request, context.env['DESTDIR']);
    if (target === null) {
      output.info('To setup the Startup Script, copy/paste the following command:');
      return { text: `${sudoLine('startup', request, input)}\n`, data: true, exitCode: 1 };
    }
    const system = bootSystem(request.system);
    writeLauncher(request.home, request.user);
    mkdirSync(dirname(target.file), { recursive: true });
    writeFileSync(target.file, system.text(request.facts), { mode: system.mode });
    output.info(`Written: ${target.file}`);
    applyBootCommands(target.isReal ? system.enable(request.facts) : [], output);
    output.info('[v] Command successfully executed.');
    output.info(
      'pm starts what runs at the next boot as well. `pm save` keeps the list also over `pm kill`.',
    );
    return {};
  },
});

/**
 * The boot script calls it before any God of that user may have run, so it must be there, and the user's. Written as the
 * user: in a folder of somebody else's root follows links to anywhere.
 */
function writeLauncher(home: Home, user: User): void {
  try {
    makeHomeFolder(home.path, user);
    asUser(user, () => {
      // A link that is laid there is none of ours.
      rmSync(home.launcher, { force: true });
      writeFileSync(home.launcher, launcherText(process.execPath, cliPath()), { mode: 0o700 });
    });
  } catch (error) {
    const why = `user ${user.name} cannot write there: ${reasonOf(error)}`;
    throw pmError('PERMISSION', { path: home.path, why }, { cause: error });
  }
}

/** In a folder that is not the user's, as /var/lib is not, root makes it for them. */
function makeHomeFolder(path: string, user: User): void {
  try {
    asUser(user, () => mkdirSync(path, { recursive: true, mode: 0o700 }));
  } catch (error) {
    if (systemCodeOf(error) !== 'EACCES' || existsSync(path)) throw error;
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, user.uid, user.gid);
  }
}

function asUser({ uid, gid }: User, work: () => void): void {
  if (process.getuid?.() === 0) {
    // The group first: who is not root any more cannot change it.
    process.setegid?.(gid);
    process.seteuid?.(uid);
  }
  try {
    work();
  } finally {
    if (process.getuid?.() === 0) {
      process.seteuid?.(0);
      process.setegid?.(process.getgid?.() ?? 0);
    }
  }
}
