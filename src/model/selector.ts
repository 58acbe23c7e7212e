/** What a selector looks at. */
export interface Selectable {
  readonly id: number;
  readonly name: string;
  readonly namespace: string;
  /** Absolute path. Unknown in what an older God tells. */
  readonly script?: string | undefined;
}

/** A regular expression over names, as typed between slashes. */
export interface NamePattern {
  readonly source: string;
  readonly flags: string;
}

/** What selecting needs from outside: both may look at more than their words. */
export interface SelectorHelp {
  /** What a selector may be as a path: itself, and below each folder that the caller may be said to be in. */
  readonly pathsOf: (selector: string) => readonly string[];
  /** One answer per name. Bounded in time; throws what is wrong with the pattern. */
  readonly matchNames: (pattern: NamePattern, names: readonly string[]) => readonly boolean[];
}

/** What a command is narrowed to (`--namespace`, `--only`, `--name`); a list that is absent narrows nothing. */
export interface Narrowing {
  readonly namespaces?: readonly string[];
  readonly names?: readonly string[];
}

/** Slashes around, and flags that a regular expression has. `/srv/app` has none, so it is a path. */
const PATTERN = /^\/(.+)\/([dgimsuvy]*)$/;

/** null: the selector is no regular expression. */
export function patternOf(selector: string): NamePattern | null {
  const [, source, flags = ''] = PATTERN.exec(selector) ?? [];
  // With g or y a regular expression remembers where it stopped, and skips every second name.
  return source === undefined ? null : { source, flags: flags.replace(/[gy]/g, '') };
}

/** May mean any number of apps that the user did not name one by one. */
export const isBroad = (selector: string): boolean => selector === 'all' || patternOf(selector) !== null;

/**
 * What a selector means, for every command and in God as in the CLI (PM2-FACTS §5.2): all; a name; a script, by its path or
 * as it is called from the caller's folder; a namespace; an id; a /regex/ over names. The first of these that finds
 * something decides: a name hides a script, and both hide a namespace or an id that is spelled like them.
 */
export function select<T>(
  items: readonly T[],
  factsOf: (item: T) => Selectable,
  selector: string,
  help: SelectorHelp,
): readonly T[] {
  if (selector === 'all') return items;
  const paths = new Set(help.pathsOf(selector));
  const rules: readonly ((facts: Selectable) => boolean)[] = [
    ({ name }) => name === selector,
    ({ script }) => script !== undefined && paths.has(script),
    ({ namespace }) => namespace === selector,
    ({ id }) => String(id) === selector,
  ];
  for (const rule of rules) {
    const found = items.filter((item) => rule(factsOf(item)));
    if (found.length > 0) return found;
  }
  const pattern = patternOf(selector);
  if (pattern === null) return [];
  const names = [...new Set(items.map((item) => factsOf(item).name))];
  const matches = help.matchNames(pattern, names);
  const matching = new Set(names.filter((_, at) => matches[at]));
  return items.filter((item) => matching.has(factsOf(item).name));
}

/** What is left of them. */
export const isWithin = (
  { name, namespace }: Pick<Selectable, 'name' | 'namespace'>,
  { namespaces, names }: Narrowing,
): boolean => (namespaces?.includes(namespace) ?? true) && (names?.includes(name) ?? true);
