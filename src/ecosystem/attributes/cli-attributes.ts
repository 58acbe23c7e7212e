import { pmError } from '../../errors';
import { attributeNamed, declarationOf } from './names';
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
  const { values, problems } = readAttributes(Object.fromEntries(given), optionOf);
  if (problems.length > 0) throw pmError('CONFIG_INVALID', { problems });
  return values;
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
