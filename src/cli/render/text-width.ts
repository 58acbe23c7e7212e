/** Columns that a terminal gives a text. Most cells are ASCII, where that is the length; the rest may be wide. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** Cut to `columns` with `…` at the end where it is longer. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += columnsOf(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns < 1 ? '' : `${kept}…`;
}

/** Padded with blanks, or cut, to exactly `columns`. */
export function fit(text: string, columns: number): string {
  // Nearly every cell of a table.
  if (text.length <= columns && ASCII.test(text)) return text.padEnd(columns);
  const shown = cut(text, columns);
  return shown + ' '.repeat(Math.max(0, columns - widthOf(shown)));
}

/**
 * Names, versions and stderr lines come from users' programs: an escape sequence in one of them would act on the
 * terminal of whoever lists them.
 */
export const printable = (text: string): string =>
  CONTROL.test(text) ? text.replace(new RegExp(CONTROL, 'g'), '?') : text;

/** The same for a message that may have several lines. */
export const printableText = (text: string): string =>
  CONTROL.test(text) ? text.replace(/[^\n\t]/g, (letter) => (CONTROL.test(letter) ? '?' : letter)) : text;

/** A line of an app's log: its colours stay, what would move or clear the screen does not. */
export function printableLine(text: string): string {
  if (!CONTROL.test(text)) return text;
  const parts = text.split(PAINT_OR_TAB).map((part, at) => (at % 2 === 1 ? part : printable(part)));
  return text.includes('\u001b[') ? `${parts.join('')}\u001b[0m` : parts.join('');
}

/** Broken between words where it is longer than `columns`; what is ours in it may be painted. */
export function wrapped(text: string, columns: number, indent: string): string {
  if (columns === Infinity) return text;
  const lead = /^ */.exec(text)?.[0] ?? '';
  const [first = '', ...words] = text.slice(lead.length).split(' ');
  const lines = brokenTo(`${lead}${first}`, columns, indent);
  for (const word of words) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (widthOf(longer.replace(PAINT, '')) <= columns) lines[lines.length - 1] = longer;
    else lines.push(...brokenTo(`${indent}${word}`, columns, indent));
  }
  return lines.join('\n');
}

/** A word that is wider than the terminal, a path for instance, is broken where it reaches the edge. */
export function brokenTo(line: string, columns: number, indent: string): string[] {
  if (widthOf(line.replace(PAINT, '')) <= columns || columns <= indent.length + 1) return [line];
  const lines = [''];
  for (const part of line.match(LETTER_OR_PAINT) ?? []) {
    const longer = `${lines.at(-1) ?? ''}${part}`;
    if (widthOf(longer.replace(PAINT, '')) <= columns) lines[lines.length - 1] = longer;
    else lines.push(`${indent}${part}`);
  }
  return lines;
}

const LETTER_OR_PAINT = /\u001b\[[\d;]*m|./gsu;
const PAINT_OR_TAB = /(\u001b\[[\d;]*m|\t)/;
const PAINT = /\u001b\[[\d;]*m/g;
const ASCII = /^[\x20-\x7e]*$/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/**
 * Made when a name needs it, which is seldom: V8 looks up the sets of a literal `\p{…}` in ICU as soon as it reads the
 * file, 1 ms at every start.
 */
const patterns: { zeroWidth?: RegExp; wide?: RegExp } = {};
const zeroWidth = (): RegExp =>
  (patterns.zeroWidth ??= new RegExp('^[\\p{Mark}\\u200b-\\u200d\\ufeff]$', 'u'));
/** Scripts and emoji that terminals draw two columns wide. */
const wide = (): RegExp =>
  (patterns.wide ??= new RegExp(
    '^[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Emoji_Presentation}\\u3000-\\u303f\\uff01-\\uff60]$',
    'u',
  ));

function columnsOf(character: string): number {
  // Latin letters, and arrows like the one in the head of our own table, need no pattern.
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300 || (code >= 0x2190 && code <= 0x21ff)) return 1;
  if (zeroWidth().test(character)) return 0;
  return wide().test(character) ? 2 : 1;
}
