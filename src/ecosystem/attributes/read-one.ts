import { isValueOf, type AttributeDeclaration } from '../../model/attributes';
import { describeProblem, shown } from './problems';
import { readValue } from './readers';
import { isNotSet } from './unset';

/** What became of a value. */
export type Read =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'unset'; readonly warning?: string }
  | { readonly kind: 'wrong'; readonly problem: string };

/** One attribute as PM2 takes it: a value, "not set", or nothing that can be taken. */
export function readOne(name: string, declaration: AttributeDeclaration, given: unknown): Read {
  if (isNotSet(declaration, given)) return { kind: 'unset' };
  const value = readValue(declaration, given);
  if (isValueOf(declaration, value)) return { kind: 'value', value };
  // PM2's "off", also where it has a minimum (`min_uptime: 0`).
  if (given === 0 && value === 0 && declaration.minimum !== undefined) return { kind: 'unset' };
  if (isBelowOurMinimum(declaration, value)) {
    // 0 is PM2's "off" for all of them.
    if (value === 0) return { kind: 'unset' };
    return { kind: 'unset', warning: `${shown(given)} is below ${declaration.minimum}` };
  }
  const problem = describeProblem({ name, declaration, given, value });
  if (declaration.isLoose === true) return { kind: 'unset', warning: problem };
  if (declaration.type === 'integers' && Array.isArray(given)) return readableIntegers(value, problem);
  return { kind: 'wrong', problem };
}

/** PM2 knows no minimum but two, and takes a negative time as none. */
const isBelowOurMinimum = (
  { minimum, isMinimumOfPm2, origin, values }: AttributeDeclaration,
  value: unknown,
): boolean =>
  minimum !== undefined &&
  values === undefined &&
  Number.isSafeInteger(value) &&
  (value as number) < minimum &&
  (value === 0 ? isMinimumOfPm2 !== true : isMinimumOfPm2 !== true && origin !== 'pm');

/** A list in which something is no number: PM2 compares with it, and it never matches. */
function readableIntegers(value: unknown, problem: string): Read {
  const readable = (value as unknown[]).filter((item) => Number.isSafeInteger(item));
  return readable.length > 0 ? { kind: 'value', value: readable } : { kind: 'unset', warning: problem };
}
