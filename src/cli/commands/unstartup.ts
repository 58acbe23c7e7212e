import { existsSync, rmSync } from 'node:fs';
import type { Command } from '../command';
import { applyBootCommands, bootTarget } from '../startup/apply';
import { STARTUP_OPTIONS, readBootRequest, sudoLine } from '../startup/request';
import { bootSystem } from '../startup/systems';

export const makeUnstartup = (): Command => ({
  name: 'unstartup',
  args: '[platform]',
  description: 'Switches the boot script off and removes it. What runs is not touched.',
  options: STARTUP_OPTIONS,
  examples: [['pm unstartup', 'finds the init system by itself']],
  run: async (input, context) => {
    const { output } = context;
    const request = readBootRequest(input, context);
    output.info(`Init System found: ${request.system}`);
    const target = bootTarget(request, context.env['DESTDIR']);
    if (target === null) {
      output.info('To unsetup the Startup Script, copy/paste the following command:');
      return { text: `${sudoLine('unstartup', request, input)}\n`, data: true, exitCode: 1 };
    }
    if (!existsSync(target.file)) {
      output.info(`There is no ${target.file}, nothing to do`);
      return {};
    }
    applyBootCommands(target.isReal ? bootSystem(request.system).disable(request.facts) : [], output);
    rmSync(target.file);
    output.info(`Removed: ${target.file}`);
    return {};
  },
});
