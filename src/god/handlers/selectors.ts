import { resolve } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { pmError, reasonOf } from '../../errors';
import { isWithin, patternOf, select, type Selectable, type SelectorHelp } from '../../model/selector';
import { matchNames } from '../../platform/name-patterns';
import type { Targets } from '../../protocol/control';
import { allInstances, type Instance, type World } from '../core/world';

/**
 * The instances that a command is about, in the order of their ids, each once. Everything is resolved before anything
 * is touched, so that a typing error in the third selector leaves the first two alone (PM2 stops midway).
 *
 * @throws PmError NOT_FOUND, ID_UNKNOWN, NO_PROCESS, BAD_SELECTOR
 */
export function resolveTargets(world: World, targets: Targets): Instance[] {
  const { selectors = [], names = [] } = targets;
  const candidates = narrowed(allInstances(world).filter(isThere), targets);
  const help = helpFor(targets);
  const chosen = new Set([
    ...selectors.flatMap((selector) => resolveSelector(candidates, selector, help)),
    // Names out of a file: what is not running is left out without a word, as PM2 does.
    ...candidates.filter((instance) => names.includes(nameOf(instance))),
  ]);
  return candidates.filter((instance) => chosen.has(instance));
}

/** One that is being deleted is only still to be seen. */
const isThere = ({ record }: Instance): boolean =>
  record.desired === 'running' || record.desired === 'stopped';

const nameOf = ({ app }: Instance): string => app.record.spec.name;

const factsOf = ({ app, record }: Instance): Selectable => ({
  id: record.id,
  name: app.record.spec.name,
  namespace: app.record.spec.namespace,
  script: app.record.spec.script,
});

/** What the command is narrowed to; a namespace or name there that nobody has is a slip of the finger. @throws PmError NOT_FOUND */
function narrowed(candidates: readonly Instance[], { within = {} }: Targets): readonly Instance[] {
  const facts = candidates.map(factsOf);
  const unknown = [
    ...(within.namespaces ?? []).filter((word) => !facts.some(({ namespace }) => namespace === word)),
    ...(within.names ?? []).filter((word) => !facts.some(({ name }) => name === word)),
  ][0];
  if (unknown !== undefined)
    throw pmError('NOT_FOUND', { selector: unknown, similar: similarTo(unknown, candidates) });
  return candidates.filter((instance) => isWithin(factsOf(instance), within));
}

const helpFor = ({ folders = [] }: Targets): SelectorHelp => ({
  pathsOf: (selector) => [selector, ...folders.map((folder) => resolve(folder, selector))],
  matchNames,
});

function resolveSelector(
  candidates: readonly Instance[],
  selector: string,
  help: SelectorHelp,
): readonly Instance[] {
  const found = selectOrRefuse(candidates, selector, help);
  if (found.length > 0) return found;
  if (selector === 'all' || patternOf(selector) !== null) throw pmError('NO_PROCESS');
  if (/^\d+$/.test(selector)) throw pmError('ID_UNKNOWN', { id: selector });
  throw pmError('NOT_FOUND', { selector, similar: similarTo(selector, candidates) });
}

/** @throws PmError BAD_SELECTOR for a regular expression that does not compile (PM2 crashes), or does not end */
function selectOrRefuse(
  candidates: readonly Instance[],
  selector: string,
  help: SelectorHelp,
): readonly Instance[] {
  try {
    return select(candidates, factsOf, selector, help);
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
