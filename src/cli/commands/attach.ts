import { createInterface } from 'node:readline';
import { pmError } from '../../errors';
import type { Command } from '../command';
import { showWhatComes } from '../follow-output';
import { NARROWING_BY_NAME } from '../line/global-options';
import { choiceOf, selectViews } from '../selectors';

export const makeAttach = (): Command => ({
  name: 'attach',
  args: '<selector> [separator]',
  description:
    'Connects the terminal with an instance: each line that is typed goes to its standard input, what it prints is shown. Ctrl-C leaves it running.',
  options: NARROWING_BY_NAME,
  examples: [['pm attach 0', 'talk to instance 0']],
  run: async (input, context) => {
    const [id = '', separator = '\n'] = input.args;
    const satan = await context.satan();
    const { instances } = await satan.call('list', {});
    const [view, ...others] = selectViews(instances, id, choiceOf(input, context));
    if (view === undefined)
      throw pmError('BAD_ARGUMENT', {
        message: `Process with ID <${id}> unknown.`,
        hint: 'See `pm list` for the ids.',
      });
    if (others.length > 0)
      throw pmError('BAD_ARGUMENT', {
        message: `${id} is ${others.length + 1} instances, and a terminal can talk to one`,
        hint: `Give its id: one of ${[view, ...others].map((one) => one.id).join(', ')}.`,
      });
    const lines = createInterface({ input: context.stdin });
    // One after another: lines must not overtake each other.
    let sent: Promise<unknown> = Promise.resolve();
    const targets = { selectors: [String(view.id)] };
    lines.on('line', (line) => {
      sent = sent
        .then(() => satan.call('input', { targets, text: `${line}${separator}` }))
        .catch((error: unknown) => context.output.warn(String(error)));
    });
    await showWhatComes([view], context, 'bare');
    lines.close();
    await sent;
    return {};
  },
});
