/** A user as `platform` looks it up. */
export interface UserFacts {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
}

/** What a new start of an app keeps of the one that is there. */
export interface KnownApp {
  readonly name: string;
  readonly namespace: string;
  /** The `--env` that it was started with last. */
  readonly envName?: string;
  /** See AppSpec. */
  readonly fileBase?: string;
}

/** Everything outside of the file that decides what an app becomes; handed in, so that the loader reads no globals. */
export interface NormaliseContext {
  /** The caller's working directory, absolute. */
  readonly cwd: string;
  /** The caller's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What was given on the command line, and only that, by attribute name. Overrides the file. */
  readonly cliOptions: Readonly<Record<string, unknown>>;
  /** `--env <name>`; `default` is none. */
  readonly envName?: string;
  /** The apps that God has, in their order; absent: none. */
  readonly known?: readonly KnownApp[];
  /** `--only`: names of the apps wanted; absent: all. */
  readonly only?: readonly string[];
  /** `--strict`, PM_STRICT: unknown attributes are errors. */
  readonly strict?: boolean;
  readonly cpuCount: number;
  /** The Node that runs the CLI: default interpreter. */
  readonly execPath: string;
  /** pm's own static server, which `script: 'serve'` stands for. */
  readonly staticServer: string;
  /** Absolute path of a command in PATH, or null; see `pathLookup`. */
  readonly findInPath: (command: string) => string | null;
  readonly lookupUser: (nameOrId: string | number) => UserFacts | null;
  readonly lookupGroup: (nameOrId: string | number) => number | null;
  /** Name of the caller. */
  readonly username: string;
  /** How far `execPath` runs TypeScript itself; absent: found out. */
  readonly typescript?: TypeScriptSupport;
}

/** `flag`: with `--experimental-strip-types` (Node 22.6 to 22.17). */
export type TypeScriptSupport = 'native' | 'flag' | 'none';
