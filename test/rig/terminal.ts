import { spawn } from '@lydell/node-pty';
import type { TestHome } from './home';
import { PM } from './run';
import { within } from './wait';

export interface TerminalOptions {
  readonly columns: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const END = '\u001e';
/** Keeps the terminal open until all was read: what a process has written last is lost when it ends with it. */
const HOLDING_SHELL = `"$0" "$@"; printf '\\036'; read -r _`;

/** What `pm` writes to a real pseudo-terminal of that width, byte for byte. */
export async function pmInTerminal(
  home: TestHome,
  args: readonly string[],
  { columns, env = {} }: TerminalOptions,
): Promise<string> {
  const given: NodeJS.ProcessEnv = { ...home.env, TERM: 'xterm-256color', ...env };
  const terminal = spawn('/bin/sh', ['-c', HOLDING_SHELL, process.execPath, PM, ...args], {
    name: 'xterm-256color',
    cols: columns,
    rows: 50,
    cwd: home.cwd,
    env: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  });
  let text = '';
  const said = new Promise<void>((resolve) =>
    terminal.onData((chunk) => {
      text += chunk;
      if (text.includes(END)) resolve();
    }),
  );
  const ended = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  await within(`pm ${args.join(' ')} in a terminal`, said);
  terminal.write('\n');
  await within('the shell of the terminal to end', ended);
  return text.slice(0, text.indexOf(END));
}

/** Colours; nothing else of what begins with ESC may come from a view. */
const PAINT = /\u001b\[[\d;]*m/g;

/** Its lines as one sees them, without colours. */
export const linesOf = (text: string): string[] =>
  text.replace(PAINT, '').replaceAll('\r\n', '\n').split('\n');
