import { distance } from 'fastest-levenshtein';

/**
 * The candidate that `word` was probably meant to be; undefined when none is near.
 * A third of the letters may differ: more would suggest `env` for `exec`, less would miss `max_memory_restrat`.
 */
export function similarTo(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits <= limit && (best === undefined || edits < best.edits)) best = { candidate, edits };
  }
  return best?.candidate;
}
