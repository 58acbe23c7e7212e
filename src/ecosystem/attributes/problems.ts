import { inspect } from 'node:util';
import { ATTRIBUTE_TYPES } from '../../model/attribute-types';
import { isValueOf, type AttributeDeclaration } from '../../model/attributes';
import { isRecord, kindOf } from './kinds';
import { similarTo } from './similar';

/** 60 characters show any real value; a longer one is cut, since the line must stay a line. */
const MAX_SHOWN = 60;

/** A value that was refused. */
export interface Refused {
  /** The attribute as PM2 calls it. */
  readonly name: string;
  readonly declaration: AttributeDeclaration;
  /** As the user wrote it. */
  readonly given: unknown;
  /** After reading. */
  readonly value: unknown;
}

/** Why a value was refused, in one line: our sentence, then PM2's where it says the same and scripts look for it. */
export function describeProblem({ name, declaration, given, value }: Refused): string {
  const { minimum, type, values } = declaration;
  const { expected } = ATTRIBUTE_TYPES[type];
  if (values !== undefined && typeof value === 'string') {
    const similar = similarTo(value, values);
    return `expected one of ${values.join(', ')}, got ${shown(given)}${similar === undefined ? '' : `; did you mean "${similar}"?`}`;
  }
  if (minimum !== undefined && typeof value === 'number' && value < minimum) {
    const pm2 =
      declaration.isMinimumOfPm2 === true
        ? ` (The minimum of "${name}" is ${minimum}, but now is ${value})`
        : '';
    return `expected at least ${minimum}, got ${shown(given)}${pm2}`;
  }
  const inside =
    declaration.fields === undefined ? undefined : problemInside(declaration.fields, given, value);
  if (inside !== undefined) return inside;
  // Variables may be secrets: their kind is enough.
  const got = type === 'environment' ? kindOf(given) : shown(given);
  return `expected ${expected}, got ${got}${pm2Words(name, declaration, value)}`;
}

/** PM2's sentence is of kinds alone: where the kind is right (`"5 min"`, 1.5) it would deny what it says. */
function pm2Words(name: string, { type, origin }: AttributeDeclaration, value: unknown): string {
  const { pm2Kinds } = ATTRIBUTE_TYPES[type];
  const is = Object.prototype.toString.call(value);
  const wanted = pm2Kinds.map((kind) => `[object ${kind}]`);
  if (origin === 'pm' || wanted.includes(is)) return '';
  return ` (Expect "${name}" to be a typeof ${wanted.join(' or ')}, but now is ${is})`;
}

/** The first thing that is wrong in an object of declared fields: `interval: expected …`. */
function problemInside(
  fields: Readonly<Record<string, AttributeDeclaration>>,
  given: unknown,
  value: unknown,
): string | undefined {
  if (!isRecord(given) || !isRecord(value)) return undefined;
  const unknown = Object.keys(given).find((key) => fields[key] === undefined);
  if (unknown !== undefined) {
    const similar = similarTo(unknown, Object.keys(fields));
    return `${unknown}: unknown${similar === undefined ? '' : `; did you mean "${similar}"?`}`;
  }
  for (const [name, declaration] of Object.entries(fields)) {
    const one = value[declaration.field];
    if (one === undefined && declaration.required === true) return `${name}: missing`;
    if (one === undefined || isValueOf(declaration, one)) continue;
    return `${name}: ${describeProblem({ name, declaration, given: given[name], value: one })}`;
  }
  return undefined;
}

/** A value as its writer would recognise it. */
export function shown(value: unknown): string {
  // Anything can come out of a script; `inspect` copes with cycles, functions and the like.
  const text =
    typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
