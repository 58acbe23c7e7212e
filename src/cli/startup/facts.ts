import type { lookupUser } from '../../platform';

/** What every boot script is made of. */
export interface BootFacts {
  /** `pm-<user>`. */
  readonly service: string;
  readonly user: string;
  /** The user's own home folder. */
  readonly userHome: string;
  /** PM_HOME. */
  readonly pmHome: string;
  /** Starts pm wherever Node and pm are by then. */
  readonly launcher: string;
  readonly pidFile: string;
  /** What apps that call `node` or a tool by its name need. */
  readonly path: string;
  /** Start only when the network has an address. */
  readonly waitIp: boolean;
}

/** One kind of init system. */
export interface BootSystem {
  /** Where its file goes, absolute. */
  readonly file: (facts: BootFacts) => string;
  readonly text: (facts: BootFacts) => string;
  readonly mode: number;
  /** Commands that make it start at boot, then now. */
  readonly enable: (facts: BootFacts) => readonly (readonly string[])[];
  /** Commands that take it back; the file is removed after them. */
  readonly disable: (facts: BootFacts) => readonly (readonly string[])[];
}

export type User = NonNullable<ReturnType<typeof lookupUser>>;

/** As one word of a shell. */
export const shellWord = (text: string): string => `'${text.split(`'`).join(`'\\''`)}'`;
