import { pmError, reasonOf } from '../errors';
import type { InstanceView } from '../model/instance';

/**
 * The instances that a selector means, for commands that only look (`logs`, `flush`). What changes something sends
 * its selectors to God, who resolves them in the same moment as he acts.
 *
 * @throws PmError BAD_SELECTOR
 */
export function selectViews(views: readonly InstanceView[], selector: string): readonly InstanceView[] {
  if (selector === 'all') return views;
  const pattern = /^\/(.*)\/([a-z]*)$/.exec(selector);
  if (pattern !== null) {
    const regex = regexOf(selector, pattern[1] ?? '', pattern[2] ?? '');
    return views.filter(({ name }) => regex.test(name));
  }
  // PM2's order: a name hides a namespace, and both hide an id that is spelled like them.
  const tests: readonly ((view: InstanceView) => boolean)[] = [
    ({ name }) => name === selector,
    ({ namespace }) => namespace === selector,
    ({ id }) => `${id}` === selector,
  ];
  for (const test of tests) {
    const found = views.filter(test);
    if (found.length > 0) return found;
  }
  return [];
}

function regexOf(selector: string, source: string, flags: string): RegExp {
  try {
    // With g or y a regular expression remembers where it stopped, and skips every second name.
    return new RegExp(source, flags.replace(/[gy]/g, ''));
  } catch (error) {
    throw pmError('BAD_SELECTOR', { selector, why: reasonOf(error) });
  }
}
