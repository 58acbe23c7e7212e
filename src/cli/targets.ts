import { appNames, isConfigFile } from '../ecosystem';
import type { Targets } from '../satan';
import { normaliseContext, readDocument } from './apps';
import type { Context, Input } from './command';

/** A word on the command line that stands for the apps of a document, and not for a selector. */
export const isDocument = (word: string): boolean => word === '-' || isConfigFile(word);

/** What `stop` and `delete` are about: selectors as typed, and the names out of files (unknown ones are no error). */
export async function knownTargets(input: Input, context: Context): Promise<Targets> {
  const selectors = input.args.filter((word) => !isDocument(word));
  const names: string[] = [];
  for (const word of input.args.filter(isDocument)) {
    names.push(...appNames(await readDocument(word, context), normaliseContext(input, context)));
  }
  return {
    ...(selectors.length === 0 ? {} : { selectors }),
    ...(names.length === 0 ? {} : { names }),
  };
}
