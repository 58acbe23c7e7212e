// Not by the index of home: its locks load child_process, a tenth of the time that `pm list` takes.
import { openHome } from '../home/open-home';
import type { Home } from '../home/paths';
import type { Satan } from '../satan';
import type { Context } from './command';
import type { Output } from './render/output';

export interface ContextOptions {
  readonly env: Context['env'];
  readonly cwd: string;
  readonly folders: Context['folders'];
  readonly output: Output;
  readonly stdin: NodeJS.ReadableStream;
  readonly untilInterrupted: () => Promise<void>;
}

/**
 * The world of a command, every part made when it is first asked for: `pm --version` touches no home and no God. The
 * connection to God ends with the process.
 */
export function makeContext(options: ContextOptions): Context {
  let home: Home | undefined;
  let connection: Promise<Satan | null> | undefined;
  const openedHome = (): Home => (home ??= openHome(options.env));
  // Who became root by sudo is still who he was.
  const { SUDO_USER } = options.env;
  const caller = SUDO_USER === undefined || SUDO_USER === '' ? {} : { user: SUDO_USER };
  let isWarned = false;
  const keep = (made: Promise<Satan | null>): void => {
    connection = made;
    // Whoever awaits `made` sees its failure; a connection that failed or ended is not handed out again.
    made.then(
      (satan) => {
        if (satan === null) connection = undefined;
        void satan?.closed.then(() => (connection = undefined));
        if (satan === null || satan.warnings.length === 0 || isWarned) return;
        isWarned = true;
        for (const warning of satan.warnings) options.output.warn(warning);
      },
      () => (connection = undefined),
    );
  };
  return {
    get cwd() {
      return options.cwd;
    },
    folders: options.folders,
    env: options.env,
    output: options.output,
    nowMs: () => Date.now(),
    get stdin() {
      return options.stdin;
    },
    untilInterrupted: options.untilInterrupted,
    readStdin: async () => {
      let text = '';
      for await (const chunk of options.stdin) text += chunk.toString();
      return text;
    },
    home: openedHome,
    satan: async (first) => {
      const { connectSatan } = await import('../satan');
      const former = await connection;
      if (former != null) return former;
      const made = connectSatan(openedHome(), { ...caller, ...(first === undefined ? {} : { first }) });
      keep(made);
      return made;
    },
    satanIfRunning: async () => {
      const { connectIfRunning } = await import('../satan');
      if (connection === undefined) keep(connectIfRunning(openedHome(), caller));
      return (await connection) ?? null;
    },
  };
}
