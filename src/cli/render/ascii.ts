/** Letters of ours beyond ASCII, each with one of the same width, so that tables stay straight. */
const ASCII: Readonly<Record<string, string>> = {
  ...{ '┌': '+', '┬': '+', '┐': '+', '├': '+', '┼': '+', '┤': '+', '└': '+', '┴': '+', '┘': '+' },
  ...{ '─': '-', '│': '|', '↺': 'R', '→': '>', '…': '~', '–': '-', '✔': 'y', '✘': 'n' },
};

/** A view for a terminal whose locale knows no such letters. */
export const inAscii = (text: string): string =>
  text.replace(/[\u2013\u2026\u2190-\u21ff\u2500-\u257f\u2714\u2718]/g, (letter) => ASCII[letter] ?? letter);

/**
 * Does the locale have the letters of boxes? Without any it is not known – containers have none, whatever terminal is
 * attached to them – and PM2 draws its boxes there.
 */
export function isUnicodeLocale(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  return locale === undefined || /utf-?8/i.test(locale);
}
