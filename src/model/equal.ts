/**
 * Are two values of plain JSON the same? The order of keys does not decide, and a field that is `undefined` is one that
 * is missing.
 */
export function sameValue(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((value, index) => sameValue(value, other[index]));
  }
  return differences(one, other).length === 0;
}

/** Names of the fields that differ, in the order of the first object and then of the second. */
export function differences<T extends object>(one: T, other: T): (keyof T & string)[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof T & string>;
  return [...names].filter((name) => !sameValue(one[name], other[name]));
}
