import type { Home } from '../home';
import type { FirstCall, Satan } from '../satan';
import type { Output } from './render/output';

/** One option of a command, as commander writes it. */
export interface OptionDeclaration {
  /** `-m, --mini-list`, `--sort <field>`. */
  readonly flags: string;
  readonly help: string;
  /** May be given several times; the values are collected. */
  readonly repeatable?: true;
}

/** What was typed, read. */
export interface Input {
  readonly args: readonly string[];
  /** Values of the command's own options by their camelCase names: true, a text, or texts. */
  readonly options: Readonly<Record<string, OptionValue>>;
  /** Options that are attributes of apps, by PM2's names (`max_restarts`), as typed. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What stood behind `--`; undefined without one. */
  readonly appArgs?: readonly string[];
}

export type OptionValue = string | boolean | readonly string[];

/** What a command leaves to be shown. Progress and streams go through `context.output` while it runs. */
export interface View {
  readonly text?: string;
  /** `text` is the answer itself (`jlist`, `pid`): written as it is, without a line break, even when `-s` mutes messages. */
  readonly data?: true;
  /** Default 0. */
  readonly exitCode?: number;
}

/** The world of a command, handed in so that commands have no globals. */
export interface Context {
  /** As the caller calls it ($PWD): with its links. @throws PmError BAD_ARGUMENT when it is gone */
  readonly cwd: string;
  /** What that folder is called, with and without its links resolved; none when it is gone. */
  readonly folders: () => readonly string[];
  /** The caller's environment. Only `start` and `--update-env` look at it: apps inherit it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  readonly nowMs: () => number;
  /** For `pm attach`, line by line. */
  readonly stdin: NodeJS.ReadableStream;
  /** The whole of stdin, for `pm start -`. */
  readonly readStdin: () => Promise<string>;
  /**
   * Resolves at Ctrl-C, SIGTERM, or when nobody reads stdout any more. Whoever asks ends by himself then; until somebody
   * asks a signal ends the CLI as it does any program.
   */
  readonly untilInterrupted: () => Promise<void>;
  /** Opens the home. @throws PmError HOME_UNUSABLE, PERMISSION, SOCKET_PATH_TOO_LONG */
  readonly home: () => Home;
  /** Connects, once per command, and starts God when there is none. */
  /** `first`: the call that follows, which then needs no round trip of its own. */
  readonly satan: (first?: FirstCall) => Promise<Satan>;
  /** Connects if a God listens; null otherwise. */
  readonly satanIfRunning: () => Promise<Satan | null>;
}

/** One command: everything about it but the words of `pm --help`, which stand in command-table.ts. */
export interface Command {
  readonly name: string;
  /** In commander's notation: `<selector...>`, `[name]`. */
  readonly args: string;
  readonly description: string;
  readonly options: readonly OptionDeclaration[];
  /** Takes the attributes of apps as options. */
  readonly takesAttributes?: true;
  /** A word too many is refused, and not passed over with a warning: `pm kill api` would end more than api. */
  readonly exactArgs?: true;
  /** Cannot be undone: an option that it does not know is refused where it may have been meant to spare something. */
  readonly destroys?: true;
  /** Takes arguments for the app behind `--`. */
  readonly takesAppArgs?: true;
  /** Command lines, each with a word on what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly run: (input: Input, context: Context) => Promise<View>;
}

export const flag = (input: Input, name: string): boolean => input.options[name] === true;

export function text(input: Input, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === 'string' ? value : undefined;
}
