import { closest, distance } from 'fastest-levenshtein';
import { pmError, reasonOf } from '../../errors';
import type { Targets } from '../../protocol/control';
import { allInstances, type Instance, type World } from '../world';

/**
 * The instances that a command is about, in the order of their ids, each once. Everything is resolved before anything
 * is touched, so that a typing error in the third selector leaves the first two alone (PM2 stops midway).
 *
 * @throws PmError NOT_FOUND, ID_UNKNOWN, NO_PROCESS, BAD_SELECTOR
 */
export function resolveTargets(world: World, { selectors = [], names = [] }: Targets): Instance[] {
  const candidates = allInstances(world).filter(isThere);
  const chosen = new Set([
    ...selectors.flatMap((selector) => resolveSelector(candidates, selector)),
    // Names out of a file: what is not running is left out without a word, as PM2 does.
    ...candidates.filter((instance) => names.includes(nameOf(instance))),
  ]);
  return candidates.filter((instance) => chosen.has(instance));
}

/** One that is being deleted is only still to be seen. */
const isThere = ({ record }: Instance): boolean =>
  record.desired === 'running' || record.desired === 'stopped';

const nameOf = ({ app }: Instance): string => app.record.spec.name;

/** PM2's order (PM2-FACTS §5.2): all, /regex/, name or script path, namespace, id. */
function resolveSelector(candidates: readonly Instance[], selector: string): readonly Instance[] {
  if (selector === 'all') return someOf(candidates);
  const regex = /^\/(.+)\/(i?)$/.exec(selector);
  if (regex !== null) {
    const pattern = compile(selector, regex[1] ?? '', regex[2] ?? '');
    return someOf(candidates.filter((instance) => pattern.test(nameOf(instance))));
  }
  const rules: readonly ((instance: Instance) => boolean)[] = [
    (instance) => nameOf(instance) === selector || instance.app.record.spec.script === selector,
    (instance) => instance.app.record.spec.namespace === selector,
    (instance) => String(instance.record.id) === selector,
  ];
  for (const matches of rules) {
    const found = candidates.filter(matches);
    if (found.length > 0) return found;
  }
  if (/^\d+$/.test(selector)) throw pmError('ID_UNKNOWN', { id: selector });
  throw pmError('NOT_FOUND', { selector, similar: similarTo(selector, candidates) });
}

function someOf(instances: readonly Instance[]): readonly Instance[] {
  if (instances.length === 0) throw pmError('NO_PROCESS');
  return instances;
}

/** Slashes within the pattern stay (PM2 strips them all); one that does not compile is an error (PM2 crashes). */
function compile(selector: string, pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    throw pmError('BAD_SELECTOR', { selector, why: reasonOf(error) });
  }
}

/** A name or namespace that somebody may have meant: at most a third of its letters differ. */
export function similarTo(selector: string, instances: readonly Instance[]): string | undefined {
  const words = new Set(instances.flatMap(({ app }) => [app.record.spec.name, app.record.spec.namespace]));
  words.delete('default');
  if (words.size === 0) return undefined;
  const word = closest(selector, [...words]);
  return distance(selector, word) <= Math.max(1, Math.floor(word.length / 3)) ? word : undefined;
}
