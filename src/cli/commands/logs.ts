import { flag, type Command } from '../command';
import { NARROWING_BY_NAME } from '../line/global-options';
import { LogView } from '../logs/log-view';
import { DEFAULT_LINES, wishesOf } from '../logs/wishes';
import { choiceOf } from '../selectors';

export const makeLogs = (): Command => ({
  name: 'logs',
  args: '[selector...]',
  description:
    'Prints the last lines of the log files, then what is written to them, until Ctrl-C. Reads the files themselves: it works, and goes on, without God.',
  options: [
    { flags: '--lines <count>', help: `How many lines of each file come first. Default: ${DEFAULT_LINES}.` },
    { flags: '--since <time>', help: 'What was written since then: `10m`, `2h`, or a date.' },
    { flags: '--grep <text>', help: 'Only lines with this text, or that match /this/.' },
    { flags: '--nostream', help: 'Print the last lines and end.' },
    { flags: '--err', help: 'Only standard error.' },
    { flags: '--out', help: 'Only standard output.' },
    { flags: '--raw', help: 'The lines as they are, without id and name.' },
    { flags: '--json', help: 'One JSON object a line.' },
    { flags: '--format', help: '`timestamp=… app=… id=… type=… message=…`.' },
    { flags: '--timestamp [format]', help: 'A time stamp before each line (dayjs format).' },
    { flags: '--highlight <text>', help: 'Mark this text.' },
    ...NARROWING_BY_NAME,
  ],
  examples: [
    ['pm logs', 'all apps, and pm itself'],
    ['pm logs api web --lines 200', 'two apps, with more of their past'],
    ['pm logs 3 --err --nostream', 'the last errors of one instance'],
    ['pm logs api --since 10m --grep timeout', 'what went wrong in the last ten minutes'],
  ],
  run: async (input, context) => {
    const view = new LogView(
      { ...wishesOf(input, context.nowMs()), choice: choiceOf(input, context) },
      context,
    );
    await view.tail();
    if (!flag(input, 'nostream')) await view.follow();
    return {};
  },
});
