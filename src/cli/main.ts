import { reasonOf } from '../errors';
import { makeContext } from './context';
import { cutAtDashes, dispatch } from './dispatch';
import { isUnicodeLocale } from './render/ascii';
import { PIPED_COLUMNS, makeOutput, type Output, type Terminal } from './render/output';
import { loadPaint } from './render/paint';
import { openStdout } from './stdout';
import { workingFolder, workingFolders } from './working-folder';

let complainOf = (error: unknown): void => complain(`${reasonOf(error)}\n`);
const stdout = openStdout((error) => {
  complainOf(error);
  process.exit(1);
});

async function main(argv: readonly string[]): Promise<number> {
  const line = cutAtDashes(argv);
  const has = (...words: readonly string[]): boolean => line.tokens.some((token) => words.includes(token));
  const terminal = lookAtTerminal(has('--no-color'));
  let isOver = false;
  const output = makeOutput({
    stdout: (text) => (isOver ? stdout.writeLast : stdout.write)(text),
    stdoutTaken: stdout.taken,
    stderr: complain,
    terminal,
    paint: await loadPaint(terminal.colour),
    silent: has('-s', '--silent') || isSet('PM_SILENT') || isSet('PM2_SILENT'),
  });
  complainOf = (error) => report(error, output);
  const context = makeContext({
    env: process.env,
    get cwd() {
      return workingFolder(process.env['PWD']);
    },
    folders: () => workingFolders(process.env['PWD']),
    output,
    // Made when it is asked for: that loads a stream of files, which most commands never need (2 ms).
    get stdin() {
      return process.stdin;
    },
    untilInterrupted,
  });
  try {
    const { text, data, exitCode } = await dispatch(line, context);
    isOver = true;
    if (text !== undefined) {
      if (data === true) output.raw(text);
      else output.print(text);
    }
    return exitCode ?? 0;
  } catch (error) {
    report(error, output);
    return exitCodeOf(error);
  }
}

const exitCodeOf = (error: unknown): number =>
  error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number' ? error.exitCode : 1;

const isSet = (name: string): boolean => (process.env[name] ?? '') !== '';

function lookAtTerminal(noColor: boolean): Terminal {
  const { isTty } = stdout;
  const forced = isSet('FORCE_COLOR') && process.env['FORCE_COLOR'] !== '0';
  const wanted = forced || (isTty && process.env['TERM'] !== 'dumb');
  return {
    isTty,
    colour: wanted && !noColor && !isSet('NO_COLOR'),
    columns: (isTty && stdout.columns()) || PIPED_COLUMNS,
    unicode: isUnicodeLocale(process.env),
  };
}

function untilInterrupted(): Promise<void> {
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  stdout.lookOut();
  return Promise.race([signalled, stdout.gone]);
}

/** A closed stderr takes the words, not the work. Made when something goes wrong, which is seldom. */
function complain(text: string): void {
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => undefined);
  process.stderr.write(text);
}

/**
 * Errors are told by their shape and not by `instanceof`: each command is a bundle of its own, with its own copy of
 * the class.
 */
function report(error: unknown, output: Output): void {
  const hint =
    error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
  const isExpected = error instanceof Error && error.name === 'PmError';
  const message = isExpected ? error.message : `Internal error: ${reasonOf(error)}`;
  output.error(message, isExpected ? hint : 'This is a bug of pm. PM_DEBUG=1 shows where.');
  if (isSet('PM_DEBUG') && error instanceof Error) output.complain(error.stack ?? '');
}

void main(process.argv.slice(2)).then(async (exitCode) => {
  await stdout.end();
  process.exit(exitCode);
});
