export { isRecord } from '../../model/attribute-types';

/** A value by its kind, for messages that must not show the value itself. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value === undefined || value === '') return 'nothing';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
