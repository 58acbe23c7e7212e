import { setTimeout as delay } from 'node:timers/promises';
import { flag, type Command, type Context, type Input, type View } from '../command';
import { NARROWING_BY_NAME, TABLE_OPTIONS } from '../line/global-options';
import { inAscii } from '../render/ascii';
import { clockText } from '../render/units';
import { choiceOf, isNarrowed, viewsMeant } from '../selectors';
import { tableView, type Meant } from '../table';

export const makeList = (): Command => ({
  name: 'list',
  args: '[selector...]',
  description: 'Prints the table of all instances, or of those that are meant, sorted by name.',
  options: [
    ...TABLE_OPTIONS,
    ...NARROWING_BY_NAME,
    { flags: '--watch', help: 'Print it again and again, until Ctrl-C.' },
    { flags: '--json', help: "Print pm's own record of every instance as JSON." },
  ],
  examples: [
    ['pm list', 'the table'],
    ['pm list api jobs', 'an app, and a namespace'],
    ['pm list --sick', 'what needs a look first'],
    ['pm list --sort restarts:desc', 'what restarts most first'],
    ['pm list --json', 'for programs; `pm jlist` has the shape of PM2'],
  ],
  run: async (input, context) => {
    if (flag(input, 'watch')) return redraw(input, context);
    if (!flag(input, 'json')) return tableView(input, context, meantBy(input, context));
    const { instances } = await (await context.satan()).call('list', {});
    return { text: `${JSON.stringify(meantBy(input, context)(instances), undefined, 2)}\n`, data: true };
  },
});

/** `pm list api`: what is not there is said, and is no error. */
function meantBy(input: Input, context: Context): Meant {
  const choice = choiceOf(input, context);
  if (input.args.length === 0 && !isNarrowed(choice.within)) return (views) => views;
  return (views) => {
    const meant = viewsMeant(views, input.args, choice);
    if (meant.length === 0) context.output.warn(`No process matches ${input.args.join(' ') || 'that'}`);
    return meant;
  };
}

/** PM2's. */
const REDRAW_MS = 900;
/** Drawn over what is there and shown at once (synchronized output), so that nothing flickers. */
const overScreen = (text: string): string =>
  `\u001b[?2026h\u001b[H${text.replaceAll('\n', '\u001b[K\n')}\u001b[J\u001b[?2026l`;

async function redraw(input: Input, context: Context): Promise<View> {
  const { terminal } = context.output;
  if (terminal.isTty) context.output.raw('\u001b[2J');
  const over = context.untilInterrupted().then(() => 'over' as const);
  for (;;) {
    // Watching starts nothing.
    const isRunning = (await context.satanIfRunning()) !== null;
    const { text = '' } = isRunning ? await tableView(input, context, meantBy(input, context)) : {};
    const shown = `${clockText(context.nowMs())}\n${isRunning ? text : 'No God is running: nothing is managed.'}\n`;
    const spelled = terminal.unicode === false ? inAscii(shown) : shown;
    context.output.raw(terminal.isTty ? overScreen(spelled) : spelled);
    if ((await Promise.race([delay(REDRAW_MS), over])) === 'over') return {};
  }
}
