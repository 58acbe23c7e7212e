import { isBroad } from '../../model/selector';
import type { Command } from '../command';

/** Options that choose. Passed over, a command is about more than what was meant, be it to act or to look. */
const NARROWING: ReadonlySet<string> = new Set(['--namespace', '--only']);

/** Habits of PM2's users that say how something is done, and never to whom. */
const HARMLESS: ReadonlySet<string> = new Set([
  '--force',
  '--update-env',
  '--parallel',
  '--attach',
  '--watch',
  '--mini-list',
  '--sort',
  '--no-daemon',
  '--strict',
  '--kill-timeout',
  '--listen-timeout',
  '--wait-ready',
  '--no-vizion',
  '--no-autorestart',
  '--no-treekill',
]);

/**
 * Why a command is not run although only an option has no effect on it: the option may have been meant to spare something
 * (`pm delete all --uid 1000`). An app that is named is just that, so there the option is passed over with a warning.
 * null: run it.
 */
export function refusalOf(
  { name, destroys }: Command,
  ignored: readonly string[],
  args: readonly string[],
): string | null {
  const isWide = destroys === true && (args.length === 0 || args.some(isBroad));
  const option = ignored.find((one) => NARROWING.has(one) || (isWide && !HARMLESS.has(one)));
  return option === undefined
    ? null
    : `error: option '${option}' has no effect on \`pm ${name}\`; nothing was done. Leave it out.`;
}
