import { constants } from 'node:os';
import { hasCode, pmError } from '../../errors';
import type { Command } from '../command';
import { NARROWING_BY_NAME, TABLE_OPTIONS } from '../line/global-options';
import { tableView } from '../table';
import { satanFor, targetsOf } from '../targets';

export const makeSendSignal = (): Command => ({
  name: 'sendSignal',
  args: '<signal> <selector>',
  description: 'Sends a signal to the processes of an app, and only that: it is no stop.',
  options: [...NARROWING_BY_NAME, ...TABLE_OPTIONS],
  destroys: true,
  examples: [
    ['pm sendSignal SIGUSR2 api', 'to every instance of api'],
    ['pm sendSignal HUP 3', 'to one'],
  ],
  run: async (input, context) => {
    const [signal = '', selector = ''] = input.args;
    const targets = targetsOf([selector], input, context);
    const satan = await satanFor(targets, context);
    try {
      const { delivered } = await satan.call('signal', { targets, signal: nameOf(signal) });
      if (delivered === 0)
        throw pmError('BAD_ARGUMENT', {
          message: `Error when sending signal ${signal}: ${selector} has no process`,
          hint: `It is not running; \`pm why ${selector}\` says why.`,
        });
      context.output.info(
        `successfully sent signal ${signal} to ${delivered} process${delivered === 1 ? '' : 'es'}`,
      );
    } catch (error) {
      // PM2's words, which scripts look for.
      if (hasCode(error, 'ID_UNKNOWN'))
        throw pmError('BAD_ARGUMENT', { message: `${selector} id unknown`, hint: error.hint });
      if (hasCode(error, 'NOT_FOUND'))
        throw pmError('BAD_ARGUMENT', { message: `Unknown process name: ${selector}`, hint: error.hint });
      throw error;
    }
    return tableView(input, context);
  },
});

/** `SIGUSR2`, `usr2` and `12` are the same. What is none of them goes to God as typed, who refuses it. */
function nameOf(signal: string): string {
  const byNumber = Object.entries(constants.signals).find(([, number]) => String(number) === signal)?.[0];
  const upper = signal.toUpperCase();
  return byNumber ?? (upper.startsWith('SIG') ? upper : `SIG${upper}`);
}
