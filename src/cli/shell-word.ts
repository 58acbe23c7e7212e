/** As one word of a shell; quoted only where it must be, so that a hint can be pasted. */
export const pasteable = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.split(`'`).join(`'\\''`)}'`;
