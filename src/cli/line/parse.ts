import { Command as Commander, CommanderError, Option } from 'commander';
import type { Command, Input, OptionDeclaration, OptionValue } from '../command';
import { attributeOptions, attributeValue, type AttributeOption } from './attribute-options';
import { refusalOf } from './ignored';
import { EVERYWHERE, TAKEN_EVERYWHERE } from './global-options';
import { tellApart } from './words';

/** What came of reading a command line. */
export type Parsed =
  | { readonly kind: 'run'; readonly input: Input; readonly warnings: readonly string[] }
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly text: string }
  /** commander's own words, `error: unknown option '--x'`, which scripts know. */
  | { readonly kind: 'refused'; readonly text: string };

/** Where the command's word stands among the tokens; -1 without one. Global options may stand before it. */
export function findCommandWord(tokens: readonly string[], isCommand: (word: string) => boolean): number {
  return tellApart(tokens, [...globalOptions(), ...localOptionsWithValue], isCommand).positions[0] ?? -1;
}

/** Options of single commands that take a value, should they stand before the command: `pm --lines 5 logs`. */
const localOptionsWithValue = [new Option('--lines <count>')];

function globalOptions(): Option[] {
  return [...EVERYWHERE, ...TAKEN_EVERYWHERE, ...attributeOptions()].map(
    ({ flags, help }) => new Option(flags, help),
  );
}

/**
 * Reads the tokens of one command (its own word taken out).
 * @param appArgs what stood behind `--`
 */
export function parseCommandLine(
  command: Command,
  tokens: readonly string[],
  appArgs: readonly string[] | undefined,
): Parsed {
  const said: string[] = [];
  const program = buildProgram(command, (text) => said.push(text));
  const { positions, options } = tellApart(tokens.map(withoutCapital), program.options, () => false);
  const words = positions.map((at) => tokens[at] ?? '');
  if (options.includes('--help'))
    return { kind: 'help', text: program.helpInformation() + examples(command) };
  if (options.includes('--version')) return { kind: 'version' };
  try {
    // Words first, so that an option which may lack its value (`--watch`) does not take the word behind it.
    program.parse([...words, ...options], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'refused', text: `${said.join('').trimEnd()}${hintOf(error, command)}` };
  }
  const excess = program.args.slice(mostArguments(command));
  if (excess.length > 0 && command.exactArgs === true)
    return { kind: 'refused', text: tooMany(command, program.args.length) };
  const read = readInput(command, program, appArgs);
  const refusal = refusalOf(command, read.ignored, read.input.args);
  if (refusal !== null) return { kind: 'refused', text: refusal };
  const warnings = [
    ...(excess.length === 0
      ? []
      : [`${excess.join(' ')}: more than \`pm ${command.name}\` takes, passed over`]),
    ...read.warnings,
  ];
  return { kind: 'run', input: read.input, warnings };
}

/** How many words a command takes beside its own. */
const mostArguments = ({ args }: Command): number =>
  args.includes('...') ? Infinity : args.split(' ').filter((word) => word !== '').length;

/** commander's words. */
function tooMany(command: Command, count: number): string {
  const most = mostArguments(command);
  return `error: too many arguments for '${command.name}'. Expected ${most} argument${most === 1 ? '' : 's'} but got ${count}.`;
}

/** Half of all unknown options of `start` are meant for the app. */
function hintOf({ code, message }: CommanderError, { takesAppArgs, name }: Command): string {
  const option = /'(-[^']*)'/.exec(message)?.[1];
  if (code !== 'commander.unknownOption' || takesAppArgs !== true || option === undefined) return '';
  return `\nIf the app is to have it, it stands behind --: \`pm ${name} … -- ${option}\`.`;
}

/** `-V` is PM2's third spelling of the version. */
const withoutCapital = (token: string): string => (token === '-V' ? '--version' : token);

/** For a line without a command: refuses what no command knows, with commander's suggestion. */
export function refuseUnknownOptions(tokens: readonly string[]): string | null {
  const nothing: Command = {
    name: '',
    args: '',
    description: '',
    options: [],
    examples: [],
    run: () => Promise.resolve({}),
  };
  const parsed = parseCommandLine(nothing, tokens, undefined);
  return parsed.kind === 'refused' ? parsed.text : null;
}

/** commander's suggestion for a mistyped command: it suggests only among the subcommands that it knows. */
export function similarCommand(word: string, names: readonly string[]): string | undefined {
  let said = '';
  const program = new Commander('pm').exitOverride().configureOutput({ writeErr: (text) => (said += text) });
  for (const name of names) program.command(name);
  try {
    program.parse([word], { from: 'user' });
  } catch {
    return /Did you mean (?:one of )?(\w+)/.exec(said)?.[1];
  }
  return undefined;
}

function buildProgram(command: Command, say: (text: string) => void): Commander {
  const program = new Commander(`pm ${command.name}`.trim())
    .description(command.description)
    .helpOption(false)
    .exitOverride()
    .allowExcessArguments(true)
    .configureOutput({ writeErr: say, writeOut: say })
    .showHelpAfterError(`See \`pm ${`${command.name} `.trimStart()}--help\`.`);
  if (command.args !== '') program.arguments(command.args);
  const taken = new Set<string>();
  const add = ({ flags, help, repeatable }: OptionDeclaration, hidden: boolean): void => {
    const option = new Option(flags, help).hideHelp(hidden);
    if (taken.has(option.long ?? '') || (option.short !== undefined && taken.has(option.short))) return;
    if (repeatable)
      option.argParser((value: string, former: readonly string[] | undefined) => [...(former ?? []), value]);
    taken.add(option.long ?? '').add(option.short ?? '-');
    program.addOption(option);
  };
  for (const option of command.options) add(option, false);
  for (const option of attributeOptions()) add(option, option.hidden || command.takesAttributes !== true);
  for (const option of EVERYWHERE) add(option, false);
  for (const option of TAKEN_EVERYWHERE) add(option, true);
  const appArgs = command.takesAppArgs === true ? ' [-- arguments of the app]' : '';
  return program.usage(`[options] ${command.args}${appArgs}`.trimEnd());
}

const examples = (command: Command): string => {
  const width = Math.max(0, ...command.examples.map(([line]) => line.length));
  const lines = command.examples.map(([line, what]) => `  $ ${line.padEnd(width)}   ${what}`);
  const more = command.takesAttributes === true ? ['', 'All attributes of apps: docs/attributes.md'] : [];
  return ['', 'Examples:', ...lines, ...more, ''].join('\n');
};

function readInput(
  command: Command,
  program: Commander,
  appArgs: readonly string[] | undefined,
): { input: Input; warnings: string[]; ignored: string[] } {
  const options: Record<string, OptionValue> = {};
  const attributes: Record<string, unknown> = {};
  const warnings: string[] = [];
  const ignored: string[] = [];
  const own = new Set(
    [...command.options, ...EVERYWHERE].map(({ flags }) => new Option(flags).attributeName()),
  );
  const attributeByKey = new Map(
    attributeOptions().map((option) => [keyOf(option), option.attribute] as const),
  );
  const seen = new Set<string>();
  for (const option of program.options) {
    const key = option.attributeName();
    // `--watch` and `--no-watch` are one.
    if (seen.has(key)) continue;
    seen.add(key);
    if (program.getOptionValueSource(key) !== 'cli') continue;
    const value: unknown = program.getOptionValue(key);
    const attribute = own.has(key) ? undefined : attributeByKey.get(key);
    if (own.has(key)) options[key] = value as OptionValue;
    else if (attribute !== undefined && command.takesAttributes)
      attributes[attribute] = attributeValue(attribute, value);
    else ignored.push(option.long ?? option.flags);
  }
  warnings.push(...ignored.map((option) => `${option} has no effect on \`pm ${command.name}\``));
  if (appArgs !== undefined && appArgs.length > 0 && command.takesAppArgs !== true) {
    warnings.push(`Arguments behind -- have no effect on \`pm ${command.name}\``);
  }
  return {
    input: {
      args: program.args.slice(0, mostArguments(command)),
      options,
      attributes,
      ...(appArgs === undefined ? {} : { appArgs }),
    },
    warnings,
    ignored,
  };
}

/** commander's name of the value: `--no-treekill` fills `treekill`. */
const keyOf = ({ flags }: AttributeOption): string => new Option(flags).attributeName();
