import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pmError } from '../errors';
import type { Context, View } from './command';
import { COMMAND_TABLE, commandNames, findCommand } from './command-table';
import { renderHelp, renderUsage } from './render/help';
import { pasteable } from './shell-word';

const FAILED: View = { exitCode: 1 };

/** A command line, cut at the first `--`. */
export interface CommandLine {
  readonly tokens: readonly string[];
  readonly appArgs: readonly string[] | undefined;
}

export function cutAtDashes(argv: readonly string[]): CommandLine {
  const at = argv.indexOf('--');
  return at === -1
    ? { tokens: argv, appArgs: undefined }
    : { tokens: argv.slice(0, at), appArgs: argv.slice(at + 1) };
}

/**
 * Finds the command, reads its options and runs it.
 *
 * A command without options or arguments (`pm list`) is run at once: commander and the table of attributes would
 * cost a tenth of the time that the whole command takes.
 *
 * @throws PmError
 */
export async function dispatch({ tokens, appArgs }: CommandLine, context: Context): Promise<View> {
  const [first] = tokens;
  if (first === undefined) return { text: renderUsage(), exitCode: 1 };
  if (isVersion(first)) return versionView;
  const quick = first.startsWith('-') ? undefined : findCommand(first);
  if (quick !== undefined && tokens.length === 1 && appArgs === undefined) {
    const command = await quick.load();
    if (!command.args.startsWith('<')) return command.run({ args: [], options: {}, attributes: {} }, context);
  }
  return dispatchParsed({ tokens, appArgs }, context);
}

async function dispatchParsed({ tokens, appArgs }: CommandLine, context: Context): Promise<View> {
  const { findCommandWord, parseCommandLine, refuseUnknownOptions, similarCommand } =
    await import('./line/parse');
  const at = findCommandWord(tokens, (word) => findCommand(word) !== undefined);
  const word = tokens[at];
  if (word === 'help') return helpOn(tokens[at + 1], context);
  if (word === undefined) return withoutCommand(tokens, refuseUnknownOptions(tokens), context);
  const row = findCommand(word);
  if (row === undefined) {
    // `pm app.js`: what is meant is plain.
    const isScript = existsSync(resolve(context.cwd, word));
    throw await unknownCommand(
      word,
      isScript ? `start ${pasteable(word)}` : similarCommand(word, commandNames()),
    );
  }
  const command = await row.load();
  const rest = tokens.filter((_, index) => index !== at);
  const parsed = parseCommandLine(command, rest, appArgs);
  switch (parsed.kind) {
    case 'help':
      return { text: parsed.text.trimEnd() };
    case 'version':
      return versionView;
    case 'refused':
      context.output.complain(parsed.text);
      return FAILED;
    case 'run':
      for (const warning of parsed.warnings) context.output.warn(warning);
      return command.run(parsed.input, context);
  }
}

const versionView: View = { text: `${__PM_VERSION__}\n`, data: true };

const isVersion = (token: string): boolean => token === '-v' || token === '-V' || token === '--version';

function withoutCommand(tokens: readonly string[], refusal: string | null, context: Context): View {
  if (tokens.some(isVersion)) return versionView;
  if (tokens.some((token) => token === '-h' || token === '--help')) return helpView();
  if (refusal !== null) context.output.complain(refusal);
  return { ...(refusal === null ? { text: renderUsage() } : {}), exitCode: 1 };
}

/** `pm help` and `pm help start`. */
function helpOn(word: string | undefined, context: Context): View | Promise<View> {
  if (word === undefined || word.startsWith('-')) return helpView();
  return dispatchParsed({ tokens: [word, '--help'], appArgs: undefined }, context);
}

const helpView = (): View => ({ text: `${renderHelp(COMMAND_TABLE, __PM_VERSION__)}\n`, data: true });

async function unknownCommand(word: string, similar: string | undefined): Promise<Error> {
  const { insteadOf } = await import('./absent');
  const instead = insteadOf(word);
  if (instead === undefined) return pmError('UNKNOWN_COMMAND', { command: word, similar });
  return pmError('BAD_ARGUMENT', {
    message: `Command not found: ${word}. pm deliberately has no \`${word}\``,
    hint: `Instead: ${instead}.`,
  });
}
