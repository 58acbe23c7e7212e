import { isDeepStrictEqual } from 'node:util';
import type { AttributeDeclaration, AttributeName } from '../../model/attributes';
import { nameElsewhere } from './elsewhere';
import { isRecord, kindOf } from './kinds';
import { attributeNamed, declarationOf, ENVIRONMENT_KEY, similarAttribute } from './names';
import { overridesIn } from './overrides';
import { readOne } from './read-one';
import type { GivenEnvironment } from './readers';

/** The attributes that were given, under their own names, units resolved; nothing filled in. */
export interface GivenAttributes {
  readonly values: Readonly<Partial<Record<AttributeName, unknown>>>;
  /** `env_<name>` by name. */
  readonly environments: ReadonlyMap<string, ChosenEnvironment>;
  /** Why the app cannot be taken so, one line each; empty: all is well. */
  readonly problems: readonly string[];
  /** What is passed over, one line each: what PM2 ran must start. `--strict` makes problems of them. */
  readonly warnings: readonly string[];
}

/** What `--env <name>` brings. */
export interface ChosenEnvironment {
  readonly variables: GivenEnvironment;
  /** Attributes that are written inside it. */
  readonly values: Readonly<Partial<Record<AttributeName, unknown>>>;
}

/** How a message names the attribute that was written so: `line 7: apps[2].maxMemoryRestart`. */
export type PlaceOf = (spelling?: string) => string;

interface Entry {
  readonly spelling: string;
  readonly value: unknown;
}

const ENVIRONMENT: AttributeDeclaration = { field: 'env', type: 'environment', effect: 'now', help: '' };

/** Notes that belong to nothing and that nobody means as an attribute. */
const COMMENT = /^(\$|_|x-|\/\/|#)/;

/** Reads what the user wrote about one app: folds aliases, resolves units, and finds everything that is wrong at once. */
export function readAttributes(written: unknown, placeOf: PlaceOf): GivenAttributes {
  const problems: string[] = [];
  const warnings: string[] = [];
  const values = new Map<AttributeName, Entry>();
  const environments = new Map<string, ChosenEnvironment>();
  const given = isRecord(written) ? written : {};
  if (!isRecord(written)) problems.push(`${placeOf()}: expected an object, got ${kindOf(written)}`);
  for (const [spelling, value] of Object.entries(given)) {
    const name = attributeNamed(spelling);
    const environment = ENVIRONMENT_KEY.exec(spelling)?.[1];
    const tell = (to: string[], words: string): number => to.push(`${placeOf(spelling)}: ${words}`);
    if (name !== undefined) {
      const read = readOne(name, declarationOf(name), value);
      if (read.kind === 'unset' && read.warning !== undefined) tell(warnings, read.warning);
      if (read.kind === 'wrong') tell(problems, read.problem);
      if (read.kind !== 'value') continue;
      const earlier = values.get(name);
      if (earlier === undefined) values.set(name, { spelling, value: read.value });
      else if (!isDeepStrictEqual(earlier.value, read.value))
        tell(problems, `given twice, as ${earlier.spelling} and as ${spelling}, with different values`);
    } else if (environment !== undefined) {
      const read = readOne(spelling, ENVIRONMENT, value);
      if (read.kind === 'value')
        environments.set(environment, {
          variables: read.value as GivenEnvironment,
          values: isRecord(value) ? overridesIn(value) : {},
        });
      else if (typeof value === 'string' && value !== '')
        tell(warnings, 'expected an object of variables, got a string');
      else if (read.kind === 'wrong') tell(problems, read.problem);
    } else if (value !== undefined && !COMMENT.test(spelling)) {
      tell(warnings, `unknown attribute${meant(spelling)}`);
    }
  }
  return {
    problems,
    warnings,
    values: Object.fromEntries([...values].map(([name, { value }]) => [name, value])),
    environments,
  };
}

function meant(spelling: string): string {
  const ours = nameElsewhere(spelling);
  if (ours !== undefined) return `; here it is "${ours}"`;
  const similar = similarAttribute(spelling);
  return similar === undefined ? '' : `; did you mean "${similar}"?`;
}
