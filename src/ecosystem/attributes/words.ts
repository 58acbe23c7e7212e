/** One word: runs of plain characters, 'single' and "double" quoted parts, and escaped characters, side by side. */
const WORD = /(?:[^\s'"\\]|'[^']*(?:'|$)|"(?:[^"\\]|\\[\s\S])*(?:"|$)|\\[\s\S]|\\$)+/g;
const PART = /'([^']*)(?:'|$)|"((?:[^"\\]|\\[\s\S])*)(?:"|$)|\\([\s\S])|([^'"\\]+|\\$)/g;

/**
 * Splits like a shell: `a "b c" d` → 3 words, `k="v w"` → 1. Quotes group and are removed; nothing is expanded.
 * A quote that is never closed reaches to the end.
 */
export function splitWords(text: string): string[] {
  return (text.match(WORD) ?? []).map(unquote);
}

function unquote(word: string): string {
  return word.replace(
    PART,
    (_part: string, single?: string, double?: string, escaped?: string, plain?: string) =>
      // Within double quotes a shell lets the backslash escape only these.
      single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '',
  );
}
