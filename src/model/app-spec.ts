import type { AttributeValues } from './attributes';

/**
 * One app as God knows it: validated, normalised, frozen, plain JSON. The loader (CLI) builds it; God checks it
 * again on receipt and stores it. `AppConfig` (what the user wrote) never leaves the CLI.
 */
export interface AppSpec extends Omit<
  AttributeValues,
  'execMode' | 'instances' | 'name' | 'cwd' | 'interpreter' | 'nodeArgs' | 'args' | 'username'
> {
  readonly name: string;
  /** Absolute. */
  readonly cwd: string;
  /** Absolute path of the file that runs; the command itself when the interpreter is `none`. */
  readonly script: string;
  readonly args: readonly string[];
  /** `args: []` was written: PM2's record shows that. */
  readonly argsGiven?: true;
  /** The command line that `script`, a shell, runs by `args`: other arguments go behind it, and do not replace it. */
  readonly commandLine?: string;
  /** Absolute path of the interpreter, or `none`: then `script` is executed itself. */
  readonly interpreterPath: string;
  /** The interpreter as the user said it, or as the extension implied (`node`, `python3`, `none`). */
  readonly interpreter: string;
  readonly nodeArgs: readonly string[];
  readonly execMode: 'fork' | 'cluster';
  /** Resolved: at least 1. */
  readonly instances: number;
  /** True when the user gave `instances` (PM2 shows and merges logs by it). */
  readonly instancesGiven: boolean;
  /** The complete environment of the app: caller's (filtered) + env + env_<name> + PORT. No `PM_*` of ours. */
  readonly env: Readonly<Record<string, string>>;
  /** Names in `env` that the user set by attribute, for `describe`. */
  readonly envNames: readonly string[];
  /** Variables that were given as a number or a boolean: `jlist` shows them as such. */
  readonly typedEnv?: Readonly<Record<string, number | boolean>>;
  readonly username: string;
  /** Version of the nearest package.json, or `N/A`. */
  readonly version: string;
  /** The name of its files in the home, where it is not its own: another app has that already. */
  readonly fileBase?: string;
  /** The `--env` that it was started with; a later start by file without one keeps it. */
  readonly envName?: string;
  /** The ecosystem file it came from, absolute. */
  readonly configFile?: string;
  /** Attributes given by the user that have no effect yet (their names as PM2 spells them). */
  readonly withoutEffect: readonly string[];
}

/** `app#3`: how an instance is named in logs and messages. */
export const instanceLabel = (name: string, id: number): string => `${name}#${String(id)}`;
