import { Script } from 'node:vm';
import type { NamePattern } from '../model/selector';

/** For all names together. A pattern that is not out to hang takes microseconds, and God serves nobody meanwhile. */
const BUDGET_MS = 100;

/**
 * Which of the names a user's regular expression finds. `/(a+)+$/` needs longer than the universe for forty letters, and
 * nothing in the same thread can stop `RegExp.test` but V8 itself, which does so for a script that has a time limit.
 *
 * @throws Error what is wrong with the pattern, or that it takes too long
 */
export function matchNames({ source, flags }: NamePattern, names: readonly string[]): boolean[] {
  // Compiled here first: its error is the user's to read, and it is sure to be a RegExp and nothing else that is run below.
  const pattern = new RegExp(source, flags);
  const code = `((names) => { const pattern = new RegExp(${JSON.stringify(pattern.source)}, ${JSON.stringify(flags)});
    return JSON.stringify(names.map((name) => pattern.test(name))); })(${JSON.stringify(names)})`;
  try {
    return JSON.parse(String(new Script(code).runInThisContext({ timeout: BUDGET_MS }))) as boolean[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Error(`it takes longer than ${BUDGET_MS} ms to try it on ${names.length} names`, {
      cause: error,
    });
  }
}
