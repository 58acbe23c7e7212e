import { setTimeout as delay } from 'node:timers/promises';
import { flag, type Command, type Context, type Input, type View } from '../command';
import { TABLE_OPTIONS } from '../line/global-options';
import { tableView } from '../table';

export const makeList = (): Command => ({
  name: 'list',
  args: '',
  description: 'Prints the table of all instances, sorted by name.',
  options: [
    ...TABLE_OPTIONS,
    { flags: '--watch', help: 'Print it again and again, until Ctrl-C.' },
    { flags: '--json', help: "Print pm's own record of every instance as JSON." },
  ],
  examples: [
    ['pm list', 'the table'],
    ['pm list --sort memory:desc', 'the hungriest first'],
    ['pm list --json', 'for programs; `pm jlist` has the shape of PM2'],
  ],
  run: async (input, context) => {
    if (flag(input, 'watch')) return redraw(input, context);
    if (!flag(input, 'json')) return tableView(input, context);
    const { instances } = await (await context.satan()).call('list', {});
    return { text: `${JSON.stringify(instances, undefined, 2)}\n`, data: true };
  },
});

/** PM2's. */
const REDRAW_MS = 900;
const CLEAR = '\u001b[2J\u001b[H';

async function redraw(input: Input, context: Context): Promise<View> {
  const over = context.untilInterrupted().then(() => 'over' as const);
  for (;;) {
    const { text = '' } = await tableView(input, context);
    context.output.raw(`${context.output.terminal.isTty ? CLEAR : ''}${text}\n`);
    if ((await Promise.race([delay(REDRAW_MS), over])) === 'over') return {};
  }
}
