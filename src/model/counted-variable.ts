import type { AppSpec } from './app-spec';

/** `increment_var`: the number that the app was given, plus the number of the instance. */
export function countedVariable(
  { incrementVar, env }: Pick<AppSpec, 'incrementVar' | 'env'>,
  slot: number,
): Record<string, string> {
  if (incrementVar === undefined) return {};
  const first = Number(env[incrementVar] ?? 0);
  return { [incrementVar]: String((Number.isFinite(first) ? first : 0) + slot) };
}
