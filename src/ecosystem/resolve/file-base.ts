import type { AppSpec } from '../../model/app-spec';
import { fileBaseOf } from '../../model/file-base';
import type { KnownApp } from './context';

/**
 * Gives each app a name for its files in the home that no other app has: the same name twice (a worker per queue, or in
 * two namespaces), and two names that look alike in a path, would write into one file. What an app has once it keeps.
 */
export function giveFileBases(apps: readonly AppSpec[], known: readonly KnownApp[] = []): AppSpec[] {
  const left = [...known];
  const own = apps.map(({ name, namespace }) => {
    const at = left.findIndex((app) => app.name === name && app.namespace === namespace);
    return at < 0 ? undefined : left.splice(at, 1)[0];
  });
  // Those that are not renewed now keep what they have.
  const taken = new Set([...left, ...own.filter((app) => app !== undefined)].map(baseOf));
  return apps.map((spec, index) => {
    const { [index]: before } = own;
    const base = before === undefined ? freeBase(spec, taken) : baseOf(before);
    taken.add(base);
    return base === fileBaseOf(spec.name) ? spec : Object.freeze({ ...spec, fileBase: base });
  });
}

const baseOf = ({ name, fileBase }: KnownApp): string => fileBase ?? fileBaseOf(name);

function freeBase({ name, namespace }: AppSpec, taken: ReadonlySet<string>): string {
  const plain = fileBaseOf(name);
  if (!taken.has(plain)) return plain;
  const named = namespace === 'default' ? plain : fileBaseOf(`${namespace}-${name}`);
  if (!taken.has(named)) return named;
  let count = 2;
  while (taken.has(`${named}-${count}`)) count++;
  return `${named}-${count}`;
}
