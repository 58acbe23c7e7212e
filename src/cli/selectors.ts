import { resolve } from 'node:path';
import { pmError, reasonOf } from '../errors';
import { isWithin, select, type Narrowing, type Selectable, type SelectorHelp } from '../model/selector';
import { matchNames } from '../platform/name-patterns';
import { text, type Context, type Input } from './command';

/** How commands that only look (`logs`, `flush`, `list`) read selectors. What changes something sends them to God, who resolves them in the same moment as he acts. */
export interface Choice {
  readonly folders: readonly string[];
  readonly within: Narrowing;
}

/** How selectors are read here: from which folder, and narrowed to what. */
export const choiceOf = (input: Input, context: Pick<Context, 'folders'>): Choice => ({
  folders: context.folders(),
  within: narrowingOf(input),
});

/** `--namespace`, `--only`, and `--name` where it does not rename. */
export function narrowingOf(input: Input): Narrowing {
  const namespaces = wordsOf(text(input, 'namespace'));
  const only = wordsOf(text(input, 'only'));
  const name = text(input, 'name');
  const names = name === undefined ? only : [...(only ?? []), name];
  return {
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(names === undefined ? {} : { names }),
  };
}

const wordsOf = (given: string | undefined): string[] | undefined =>
  given?.split(/[,\s]+/).filter((word) => word !== '');

export const isNarrowed = ({ namespaces, names }: Narrowing): boolean =>
  namespaces !== undefined || names !== undefined;

/** The views that a selector means. @throws PmError BAD_SELECTOR */
export function selectViews<T extends Selectable>(
  views: readonly T[],
  selector: string,
  { folders, within }: Choice,
): readonly T[] {
  const help: SelectorHelp = {
    pathsOf: (word) => [word, ...folders.map((folder) => resolve(folder, word))],
    matchNames,
  };
  const candidates = views.filter((view) => isWithin(view, within));
  try {
    return select(candidates, (view) => view, selector, help);
  } catch (error) {
    throw pmError('BAD_SELECTOR', { selector, why: reasonOf(error) });
  }
}

/** The views that any of the selectors means, in their own order; without selectors all that the choice leaves. @throws PmError BAD_SELECTOR */
export function viewsMeant<T extends Selectable>(
  views: readonly T[],
  selectors: readonly string[],
  choice: Choice,
): readonly T[] {
  const words = selectors.length === 0 ? ['all'] : selectors;
  const meant = new Set(words.flatMap((selector) => selectViews(views, selector, choice)));
  return views.filter((view) => meant.has(view));
}
