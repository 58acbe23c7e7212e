import { chownSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
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

/** The boot script calls it before any God of that user may have run, so it must be there, and the user's. */
function writeLauncher(home: Home, { uid, gid }: User): void {
  mkdirSync(home.path, { recursive: true, mode: 0o700 });
  // Root must not write through a link that the user has laid.
  if (!lstatSync(home.path).isDirectory()) return;
  if (process.getuid?.() === 0) chownSync(home.path, uid, gid);
  writeFileSync(home.launcher, launcherText(process.execPath, cliPath()), { mode: 0o700 });
  if (process.getuid?.() === 0) chownSync(home.launcher, uid, gid);
}
