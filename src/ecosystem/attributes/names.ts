import { ATTRIBUTES, type AttributeDeclaration, type AttributeName } from '../../model/attributes';
import { similarTo } from './similar';

/** `max_memory_restart` → `maxMemoryRestart`. */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());

export const declarationOf = (name: AttributeName): AttributeDeclaration => ATTRIBUTES[name];

export const attributeNames = Object.keys(ATTRIBUTES) as readonly AttributeName[];

/** Every spelling of an attribute: the name, its aliases, and the camelCase of each. */
export function spellingsOf(name: AttributeName): readonly string[] {
  const written = [name, ...(declarationOf(name).aliases ?? [])];
  return [...new Set([...written, ...written.map(camelCase)])];
}

const NAME_BY_SPELLING: ReadonlyMap<string, AttributeName> = new Map(
  attributeNames.flatMap((name) => spellingsOf(name).map((spelling) => [spelling, name] as const)),
);

/** The attribute of that spelling; undefined when there is none. */
export const attributeNamed = (spelling: string): AttributeName | undefined => NAME_BY_SPELLING.get(spelling);

/** `env_production`: the variables of one environment, taken with `--env production`. */
export const ENVIRONMENT_KEY = /^env_(\S+)$/;

/** What the writer of an unknown attribute probably meant. */
export const similarAttribute = (spelling: string): string | undefined =>
  similarTo(spelling, [...NAME_BY_SPELLING.keys(), 'apps']);
