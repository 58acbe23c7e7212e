import { distance } from 'fastest-levenshtein';

/**
 * The candidate that `word` was probably meant to be; undefined when none is near.
 * A third of the letters may differ: more would suggest `env` for `exec`, less would miss `max_memory_restrat`. Two
 * neighbours that have changed places (`evn`) are one slip. Of a single letter nobody can tell what was meant.
 */
export function similarTo(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length < 2) return undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = slips(word.toLowerCase(), candidate.toLowerCase());
    if (edits <= limit && (best === undefined || edits < best.edits)) best = { candidate, edits };
  }
  return best?.candidate;
}

function slips(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const swapped = `${a.slice(0, at)}${a[at + 1] ?? ''}${a[at] ?? ''}${a.slice(at + 2)}`;
  return a !== b && swapped === b ? 1 : distance(a, b);
}
