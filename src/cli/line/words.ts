import type { Option } from 'commander';

/** The tokens of a command line, told apart. */
export interface Words {
  /** Indexes of the words that are no option and no value of one. */
  readonly positions: readonly number[];
  /** Options as commander reads them without doubt: `--name=value`, one value each. */
  readonly options: readonly string[];
}

/**
 * Tells options, their values and plain words apart before commander does, for what commander 14 cannot know:
 *
 * - `pm start --watch app.js`: a value that may be left out is left to the command when it would have no word
 *   of its own otherwise; behind the command's word (`pm start app.js --watch src lib`) it is taken.
 * - `pm start --stop-exit-codes 1 2 app.js`: a list of numbers ends at the first other word.
 * - `pm scale api -1`, `pm start app.js -i -1`: a negative number is no option.
 *
 * @param isCommand words that no optional value swallows while no plain word was seen (`pm --watch start app.js`)
 */
export function tellApart(
  tokens: readonly string[],
  known: readonly Option[],
  isCommand: (word: string) => boolean,
): Words {
  const positions: number[] = [];
  const options: string[] = [];
  for (let at = 0; at < tokens.length;) {
    const token = tokens[at] ?? '';
    if (!isOption(token)) {
      positions.push(at++);
      continue;
    }
    const read = readToken(token, known);
    options.push(...read.options);
    at++;
    if (read.pending === undefined) continue;
    const { pending } = read;
    const hasOwnWord = (from: number): boolean =>
      positions.length > 0 || tellApart(tokens.slice(from), known, isCommand).positions.length > 0;
    const count = countValues(tokens.slice(at), pending, {
      swallows: positions.length > 0,
      mayTake: (word) => (positions.length > 0 || !isCommand(word)) && hasOwnWord(at + 1),
    });
    const values = tokens.slice(at, at + count);
    options.push(
      ...(values.length === 0 ? [longOf(pending)] : values.map((value) => `${longOf(pending)}=${value}`)),
    );
    at += count;
  }
  return { positions, options };
}

const isOption = (token: string): boolean => token.length > 1 && token.startsWith('-') && !/^-\d/.test(token);

const longOf = (option: Option): string => option.long ?? option.short ?? '';

/** Options that are complete, and one that still wants its value from the next tokens. */
interface ReadToken {
  readonly options: readonly string[];
  readonly pending?: Option;
}

function readToken(token: string, known: readonly Option[]): ReadToken {
  if (token.startsWith('--')) {
    const option = known.find(({ long }) => long === token);
    return option === undefined || !takesValue(option)
      ? { options: [token] }
      : { options: [], pending: option };
  }
  return readShort(token.slice(1), known);
}

/** `-f`, `-fs` (two flags), `-i4`, `-i=4`, `-i` (value follows). Unknown letters are left for commander to refuse. */
function readShort(letters: string, known: readonly Option[]): ReadToken {
  const option = known.find(({ short }) => short === `-${letters.slice(0, 1)}`);
  const rest = letters.slice(1);
  if (option === undefined) return { options: [`-${letters}`] };
  if (takesValue(option)) {
    if (rest === '') return { options: [], pending: option };
    return { options: [`${longOf(option)}=${rest.replace(/^=/, '')}`] };
  }
  if (rest === '') return { options: [longOf(option)] };
  const others = readShort(rest, known);
  return { ...others, options: [longOf(option), ...others.options] };
}

const takesValue = (option: Option): boolean => option.required || option.optional;

interface ValueRules {
  /** The command has its word already: a list takes all that follows. */
  readonly swallows: boolean;
  /** An optional value may be this word. */
  readonly mayTake: (word: string) => boolean;
}

/** How many of the following tokens are values of the option. */
function countValues(
  following: readonly string[],
  option: Option,
  { swallows, mayTake }: ValueRules,
): number {
  const [next] = following;
  if (next === undefined) return 0;
  if (option.required && !option.variadic) return 1;
  const isValue = option.flags.includes('<codes...>') ? isNumber : (word: string): boolean => !isOption(word);
  const end = following.findIndex((word) => !isValue(word));
  const run = end === -1 ? following.length : end;
  if (isValue === isNumber) return Math.max(run, 1);
  if (option.required) return swallows ? Math.max(run, 1) : 1;
  if (run === 0 || !mayTake(next)) return 0;
  return swallows && option.variadic ? run : 1;
}

const isNumber = (word: string): boolean => /^-?\d+$/.test(word);
