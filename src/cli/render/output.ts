import type { Paint } from './paint';
import { inAscii } from './ascii';
import { printableText, widthOf } from './text-width';

/** What the terminal can do. */
export interface Terminal {
  readonly isTty: boolean;
  readonly colour: boolean;
  /** PM2 assumes 300 columns where there is no terminal, so a piped table is never narrowed. */
  readonly columns: number;
  /** Its locale has the letters of boxes and arrows; absent: yes. */
  readonly unicode?: boolean;
}

export const PIPED_COLUMNS = 300;

/** Where a command speaks. Every method ends its text with a line break but `raw`. */
export interface Output {
  readonly terminal: Terminal;
  readonly paint: Paint;
  /** `[PM] text` on stdout; mute with -s. */
  info(text: string): void;
  /** `[PM][WARN] text` on stderr; mute with -s. */
  warn(text: string): void;
  /** `[PM][ERROR] message` and the hint on stderr; never mute: a failure that nobody can read helps nobody. */
  error(message: string, hint?: string): void;
  /** A line on stderr as it is; never mute. */
  complain(text: string): void;
  /** A line of a view on stdout; mute with -s. */
  print(text: string): void;
  /** stdout as it is; never mute. */
  raw(text: string): void;
  /** Resolves when stdout has taken all of it, or nobody reads it any more: whoever writes without end waits for it. */
  taken(): Promise<void>;
  /**
   * A line of progress. On a terminal it replaces the one before it when `key` is the same, so that an instance's
   * `launching` becomes its `online`; elsewhere each is a line of its own.
   */
  step(key: string, text: string): void;
}

export interface OutputOptions {
  readonly stdout: (text: string) => void;
  /** See {@link Output.taken}. */
  readonly stdoutTaken?: () => Promise<void>;
  readonly stderr: (text: string) => void;
  readonly terminal: Terminal;
  readonly paint: Paint;
  readonly silent: boolean;
}

const LINE_UP_AND_CLEAR = '\u001b[1A\u001b[2K';

export function makeOutput({
  stdout,
  stdoutTaken = () => Promise.resolve(),
  stderr,
  terminal,
  paint,
  silent,
}: OutputOptions): Output {
  let lastKey: string | undefined;
  const tag = paint.green('[PM]');
  const raw = (text: string): void => {
    lastKey = undefined;
    stdout(text);
  };
  const spelled = terminal.unicode === false ? inAscii : (text: string): string => text;
  const print = (line: string): void => {
    if (!silent) raw(spelled(`${line}\n`));
  };
  // Messages carry names, paths and stderr lines of users' programs.
  const said = (line: string): string => spelled(printableText(line));
  const complain = (line: string): void => {
    lastKey = undefined;
    stderr(`${line}\n`);
  };
  return {
    terminal,
    paint,
    raw,
    taken: stdoutTaken,
    print,
    complain: (text) => complain(said(text)),
    info: (text) => print(`${tag} ${said(text)}`),
    warn: (text) => {
      if (!silent) complain(`${paint.yellow('[PM][WARN]')} ${said(text)}`);
    },
    error: (message, hint) => {
      complain(`${paint.red('[PM][ERROR]')} ${said(message)}`);
      if (hint !== undefined) complain(said(hint));
    },
    step: (key, text) => {
      const replaces = terminal.isTty && lastKey === key;
      print(`${replaces ? LINE_UP_AND_CLEAR : ''}${tag} ${said(text)}`);
      // A line that the terminal wrapped cannot be taken back as one.
      lastKey = widthOf(text) + '[PM] '.length < terminal.columns ? key : undefined;
    },
  };
}
