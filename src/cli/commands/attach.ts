import { createInterface } from 'node:readline';
import { pmError } from '../../errors';
import type { Command } from '../command';
import { showWhatComes } from '../follow-output';

export const makeAttach = (): Command => ({
  name: 'attach',
  args: '<id> [separator]',
  description:
    'Connects the terminal with an instance: each line that is typed goes to its standard input, what it prints is shown. Ctrl-C leaves it running.',
  options: [],
  examples: [['pm attach 0', 'talk to instance 0']],
  run: async ({ args: [id = '', separator = '\n'] }, context) => {
    const satan = await context.satan();
    const { instances } = await satan.call('list', {});
    const view = instances.find((one) => String(one.id) === id);
    if (view === undefined)
      throw pmError('BAD_ARGUMENT', {
        message: `Process with ID <${id}> unknown.`,
        hint: 'See `pm list` for the ids.',
      });
    const input = createInterface({ input: context.stdin });
    // One after another: lines must not overtake each other.
    let sent: Promise<unknown> = Promise.resolve();
    const targets = { selectors: [id] };
    input.on('line', (line) => {
      sent = sent
        .then(() => satan.call('input', { targets, text: `${line}${separator}` }))
        .catch((error: unknown) => context.output.warn(String(error)));
    });
    await showWhatComes([view], context, 'bare');
    input.close();
    await sent;
    return {};
  },
});
