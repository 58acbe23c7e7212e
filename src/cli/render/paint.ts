/** The colours that tables and messages use; with colours off every one returns its text. */
export interface Paint {
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly blue: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly magenta: (text: string) => string;
  readonly inverse: (text: string) => string;
  readonly grey: (text: string) => string;
  readonly bold: (text: string) => string;
}

const same = (text: string): string => text;

export const plainPaint: Paint = {
  red: same,
  green: same,
  blue: same,
  yellow: same,
  cyan: same,
  magenta: same,
  inverse: same,
  grey: same,
  bold: same,
};

/** chalk costs 5 ms to load, so a piped command never does. */
export async function loadPaint(colour: boolean): Promise<Paint> {
  if (!colour) return plainPaint;
  const { Chalk } = await import('chalk');
  // Level 1 (16 colours) is all that is used; chalk's own detection has been overruled by ours.
  const chalk = new Chalk({ level: 1 });
  const colours = Object.keys(plainPaint) as (keyof Paint)[];
  // chalk paints every argument that it is given: handed to `map` as it is, it painted index and array too.
  const paints = colours.map((colour) => [colour, (text: string): string => chalk[colour](text)] as const);
  return Object.fromEntries(paints) as unknown as Paint;
}
