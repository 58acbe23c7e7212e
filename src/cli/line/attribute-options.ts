import { ATTRIBUTES, type AttributeDeclaration, type AttributeName } from '../../model/attributes';
import type { OptionDeclaration } from '../command';

/** An option that fills an attribute of apps. */
export interface AttributeOption extends OptionDeclaration {
  readonly attribute: AttributeName;
  readonly hidden: boolean;
}

/** PM2's second spellings (PM2-FACTS §1.3); read, but not shown in help. */
const OTHER_SPELLINGS: readonly (readonly [flags: string, attribute: AttributeName])[] = [
  ['--interpreter-args <args>', 'node_args'],
  ['--cron <pattern>', 'cron_restart'],
  ['-u, --user <user>', 'uid'],
  ['--no-watch', 'watch'],
  ['--no-ignore-watch', 'ignore_watch'],
];

/** Every attribute that has an option, in the order of the declarations. Those without effect yet are not shown. */
export const attributeOptions = (): AttributeOption[] => [
  ...rows().flatMap(([attribute, row]) =>
    row.option === undefined
      ? []
      : [{ flags: row.option, help: helpOf(row), attribute, hidden: row.effect === 'later' }],
  ),
  ...OTHER_SPELLINGS.map(([flags, attribute]) => ({ flags, help: '', attribute, hidden: true })),
];

const rows = (): [AttributeName, AttributeDeclaration][] =>
  Object.entries(ATTRIBUTES) as [AttributeName, AttributeDeclaration][];

function helpOf({ help, default: usual, option = '' }: AttributeDeclaration): string {
  // `--no-treekill` beside "Signal the whole tree." would say the contrary of what it does.
  if (option.includes('--no-')) return `Switches this off: ${help}`;
  const isShown = (typeof usual === 'number' && usual !== 0) || typeof usual === 'string';
  return isShown ? `${help} Default: ${usual}.` : help;
}

/** What commander read becomes what a config file would say for the same attribute. */
export function attributeValue(attribute: AttributeName, value: unknown): unknown {
  const { type } = ATTRIBUTES[attribute];
  if (type === 'integers')
    return listOf(value).map((item) => (/^-?\d+$/.test(String(item)) ? Number(item) : item));
  if (attribute === 'watch' && isOff(value)) return false;
  if (attribute === 'ignore_watch' && isOff(value)) return [];
  if (attribute === 'ignore_watch')
    return listOf(value).flatMap((item) => String(item).split(/\s+/).filter(Boolean));
  return value;
}

/** `--watch=false`: the word, and not a folder of that name (`--watch ./false` is one). */
const isOff = (value: unknown): boolean =>
  value === false || listOf(value).every((item) => /^(false|no|off|null|undefined|0|)$/i.test(String(item)));

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : [value];
