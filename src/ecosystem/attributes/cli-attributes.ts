import { pmError } from '../../errors';
import { attributeNamed, declarationOf } from './names';
import { describeProblem } from './problems';
import { readAttributes, type GivenAttributes } from './read-attributes';

/**
 * Attributes from the command line, checked like those of a file but named as they were typed.
 * The word `null` means "not set" (`--node-args=null`), as with PM2.
 * @throws PmError CONFIG_INVALID
 */
export function cliAttributes(options: Readonly<Record<string, unknown>>): GivenAttributes['values'] {
  const given = Object.entries(options).map(
    ([name, value]) => [name, value === 'null' ? null : inMs(name, value)] as const,
  );
  const { values, problems, warnings } = readAttributes(Object.fromEntries(given), optionOf);
  const wrong = [...problems, ...warnings, ...given.flatMap(([name, value]) => fraction(name, value))];
  if (wrong.length > 0) throw pmError('CONFIG_INVALID', { problems: wrong });
  return values;
}

/** `-i 2.5`: who computes a number cuts it, who types one has slipped. */
function fraction(spelling: string, value: unknown): string[] {
  const name = attributeNamed(spelling);
  if (name === undefined || !/^-?\d+\.\d+$/.test(String(value))) return [];
  const declaration = declarationOf(name);
  if (!['integer', 'count'].includes(declaration.type)) return [];
  return [`${optionOf(spelling)}: ${describeProblem({ name, declaration, given: value, value })}`];
}

/** `--max-memory-restart`, out of the declared flags. */
function optionOf(spelling = ''): string {
  const name = attributeNamed(spelling);
  const flags = name === undefined ? undefined : declarationOf(name).option;
  return /--[\w-]+/.exec(flags ?? '')?.[0] ?? spelling;
}

/** `--watch-delay 4` is in seconds, PM2's one exception; `watch_delay: 4` in a file is in milliseconds. */
function inMs(name: string, value: unknown): unknown {
  const isSeconds = attributeNamed(name) === 'watch_delay' && /^\d+(\.\d+)?$/.test(String(value));
  return isSeconds ? Number(value) * 1000 : value;
}
