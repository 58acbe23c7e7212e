/**
 * Every error that a user can see: code → message (what + why) and hint (what to do now).
 * Codes are permanent. `docs/errors.md` is checked against this table both ways by a test.
 * `exitCode` is 1 unless a row says otherwise (PM2-FACTS §8).
 */
export interface ErrorText {
  readonly message: string;
  readonly hint?: string;
  /** 1 when absent. */
  readonly exitCode?: number;
}

type Row = (details: never) => ErrorText;

const table = <const T extends Readonly<Record<string, Row>>>(rows: T): T => rows;

export const ERRORS = table({
  // command line
  UNKNOWN_COMMAND: (d: { command: string; similar?: string | undefined }) => ({
    message: `Command not found: ${d.command}`,
    hint: d.similar === undefined ? 'See `pm --help` for the commands.' : `Did you mean \`pm ${d.similar}\`?`,
  }),
  BAD_ARGUMENT: (d: { message: string; hint?: string | undefined }) => ({
    message: d.message,
    ...(d.hint === undefined ? {} : { hint: d.hint }),
  }),
  OUTPUT_UNWRITABLE: (d: { why: string }) => ({
    message: `Cannot write to standard output: ${d.why}`,
    hint: 'What the command was asked for is done. Make room where its output goes, or send it elsewhere.',
  }),
  // ecosystem files and attributes
  CONFIG_NOT_FOUND: (d: { file: string; hint?: string | undefined }) => ({
    message: `File ${d.file} not found`,
    hint: d.hint ?? 'Check the path, or write one with `pm init`.',
  }),
  CONFIG_MALFORMED: (d: {
    file: string;
    line?: number | undefined;
    column?: number | undefined;
    why: string;
  }) => ({
    message: `File ${d.file}${d.line === undefined ? '' : `:${String(d.line)}${d.column === undefined ? '' : `:${String(d.column)}`}`} malformated: ${d.why}`,
    hint: 'Nothing was started. Mend the file and run the command again.',
  }),
  CONFIG_INVALID: (d: { file?: string | undefined; problems: readonly string[] }) => ({
    message: `${d.file === undefined ? 'Invalid options' : `File ${d.file} is invalid`}:\n${d.problems.map((p) => `  ${p}`).join('\n')}`,
    hint: 'Nothing was started. All attributes are listed in docs/attributes.md.',
  }),
  SCRIPT_NOT_FOUND: (d: { path: string; isFolder?: boolean }) => ({
    message: `Script not found: ${d.path}`,
    hint:
      d.isFolder === true
        ? 'It is a folder without index.js, and no package.json in it names a `main`.'
        : 'It is neither a file there nor a command in PATH.',
  }),
  NO_SCRIPT: (d: { where: string }) => ({
    message: `No script path - aborting: ${d.where} has no "script"`,
    hint: 'Say what to run: { script: "./app.js" }.',
  }),
  INTERPRETER_NOT_FOUND: (d: { interpreter: string; name: string }) => ({
    message: `Interpreter ${d.interpreter} is NOT AVAILABLE in PATH (app ${d.name})`,
    hint: 'Install it, give its absolute path with --interpreter, or use --interpreter none to run the file itself.',
  }),
  INTERPRETER_UNSUITED: (d: { message: string; hint: string }) => d,
  CRON_INVALID: (d: { pattern: string; timezone?: string | undefined; why: string }) => ({
    message: `Cron pattern error: ${d.pattern}${d.timezone === undefined ? '' : ` in ${d.timezone}`}: ${d.why}`,
    hint: 'Five fields (minute hour day month weekday), or six with seconds first: "0 3 * * *" is 3 o\'clock each night.',
  }),
  USER_NOT_FOUND: (d: { user: string }) => ({
    message: `User ${d.user} cannot be found`,
    hint: 'See /etc/passwd and /etc/group.',
  }),
  ALREADY_LAUNCHED: (d: { name: string }) => ({
    message: `Script already launched, add -f option to force re-execution (app ${d.name} is running)`,
    hint: `Use \`pm restart ${d.name}\` or \`pm reload ${d.name}\`, or add -f to start another one.`,
  }),
  // selectors and operations
  NOT_FOUND: (d: { selector: string; similar?: string | undefined }) => ({
    message: `Process or Namespace ${d.selector} not found`,
    hint: d.similar === undefined ? 'See `pm list`.' : `Did you mean ${d.similar}? See \`pm list\`.`,
  }),
  ID_UNKNOWN: (d: { id: string }) => ({ message: `${d.id} : id unknown`, hint: 'See `pm list`.' }),
  NO_GENERATION: (d: { name: string; why: string; known: string }) => ({
    message: `Cannot roll back ${d.name}: ${d.why}`,
    hint: `Nothing was changed. Known are: ${d.known}. \`pm history ${d.name}\` shows them.`,
  }),
  NO_PROCESS: () => ({
    message: 'No process found',
    hint: 'Nothing is managed, or nothing matches. See `pm list`.',
  }),
  BAD_SELECTOR: (d: { selector: string; why: string }) => ({
    message: `Selector ${d.selector} is not a valid regular expression: ${d.why}`,
    hint: 'A selector is all, a name, an id, a namespace, or /regex/.',
  }),
  TOO_MANY_INSTANCES: (d: { name: string; count: number; most: number; isUsual: boolean }) => ({
    message: `${String(d.count)} instances of ${d.name} are more than ${String(d.most)}${d.isUsual ? ' (4 for each CPU, and 64)' : ', which is the most'}; nothing was done`,
    hint: d.isUsual ? 'If that is what you mean, add --force.' : 'Give a smaller number.',
  }),
  NOTHING_TO_DO: (d: { name: string; count: number }) => ({
    message: `Nothing to do: ${d.name} has ${String(d.count)} instance${d.count === 1 ? '' : 's'} already`,
  }),
  APP_NOT_FOUND: (d: { name: string }) => ({
    message: `Application ${d.name} not found`,
    hint: 'See `pm list`.',
  }),
  RELOAD_IN_PROGRESS: (d: { name: string }) => ({
    message: `Reload already in progress for ${d.name}`,
    hint: 'Wait for it to end, or stop the app.',
  }),
  START_FAILED: (d: { instance: string; why: string; stderr: readonly string[] }) => ({
    message: `${d.instance} did not start: ${d.why}${d.stderr.length === 0 ? '' : `\nLast lines of its stderr:\n${d.stderr.map((l) => `  ${l}`).join('\n')}`}`,
    hint: 'See `pm describe` and `pm logs --err` for the whole story.',
  }),
  INTERRUPTED: () => ({
    message: 'Interrupted while waiting; what was asked for goes on.',
    hint: '`pm list` shows how far it is, `pm why` what an app still lacks.',
    exitCode: 130,
  }),
  NOT_PROVEN: (d: { what: string }) => ({
    message: `${d.what}: not proven within the --timeout; nothing was ended for it.`,
    hint: 'It goes on. `pm why` says what is missing, `pm list` what there is.',
  }),
  ROLLOUT_FAILED: (d: { instance: string; why: string; kept: string; stderr: readonly string[] }) => ({
    message: `Reload failed at ${d.instance}: ${d.why}${d.stderr.length === 0 ? '' : `\nLast lines of its stderr:\n${d.stderr.map((l) => `  ${l}`).join('\n')}`}`,
    hint: d.kept,
  }),
  SUPERSEDED: (d: { what: string }) => ({
    message: `${d.what} was overtaken by another command`,
    hint: 'See `pm list` for the state now.',
  }),
  OPERATION_UNKNOWN: () => ({
    message: 'What came of the command is not known: the God that carried it out is gone',
    hint: 'See `pm list` for the state now.',
  }),
  // God, home, wire
  HOME_UNUSABLE: (d: { path: string; why: string }) => ({
    message: `Home ${d.path} cannot be used: ${d.why}`,
    hint: 'Mend its owner and mode (chown -R "$USER", chmod 700) or its disk, or choose another with PM_HOME.',
  }),
  SOCKET_PATH_TOO_LONG: (d: { path: string; bytes: number; limit: number }) => ({
    message: `Socket path ${d.path} is too long: ${String(d.bytes)} bytes, the system allows ${String(d.limit)}`,
    hint: 'Set PM_HOME to a shorter path.',
  }),
  GOD_NOT_STARTED: (d: { why: string; log: string }) => ({
    message: `God could not be started: ${d.why}`,
    hint: `Apps that run go on, and bring the God back that was there before. See the last lines of ${d.log}.`,
  }),
  INCOMPLETE: (d: { why: string }) => ({
    message: `This installation of pm is not complete: ${d.why}`,
    hint: 'Install it again, or run `npm run build` in a clone. Apps that run go on.',
  }),
  GOD_UNREACHABLE: (d: { why: string; pid?: number | undefined }) => ({
    message: `God${d.pid === undefined ? '' : ` (pid ${String(d.pid)})`} does not answer: ${d.why}`,
    hint:
      d.pid === undefined
        ? 'Your apps go on. Run the command again; see pm.log if it persists.'
        : `Your apps go on. If it is stopped, \`kill -CONT ${String(d.pid)}\`; if it hangs, \`kill -9 ${String(d.pid)}\`: the next God adopts every app.`,
  }),
  PERMISSION: (d: { path: string; why: string }) => ({
    message: `No permission on ${d.path}: ${d.why}`,
    hint: 'It belongs to another user: run as that user, or choose another PM_HOME.',
  }),
  PROTOCOL: (d: { why: string }) => ({
    message: `Not understood: ${d.why}`,
    hint: 'CLI and God may be of different versions: `pm update`.',
  }),
  STATE_NOT_SAVED: (d: { path: string; why: string }) => ({
    message: `The change could not be written to ${d.path}: ${d.why}`,
    hint: 'Nothing was changed; running apps and the old file are untouched.',
  }),
  NOT_FORGOTTEN: (d: { why: string }) => ({
    message: `All apps are stopped, but the list could not be emptied: ${d.why}`,
    hint: 'The next pm command would start them again: mend the disk first, then `pm kill` once more.',
  }),
  NOTHING_TO_SAVE: (d: { path: string }) => ({
    message: 'PM has nothing to save: the list is empty',
    hint: `${d.path} was left as it is. To save an empty list: \`pm save --force\`.`,
  }),
  DUMP_UNREADABLE: (d: { why: string }) => ({
    message: `The saved list cannot be read: ${d.why}`,
    hint: 'Nothing was started and no file was touched. Mend the file, or write a new one with `pm save`.',
  }),
  STARTUP_UNSUPPORTED: (d: { why: string; known: string }) => ({
    message: `No boot script can be written: ${d.why}`,
    hint: `Say which: \`pm startup <platform>\`, one of ${d.known}.`,
  }),
  STARTUP_FAILED: (d: { command: string; why: string }) => ({
    message: `The boot script is written, but could not be switched on or off: ${d.command}: ${d.why}`,
    hint: 'Run that command by hand, or `pm startup` again.',
  }),
  SHIM_FAILED: (d: { shim: string; why: string }) => ({
    message: `Shim ${d.shim} failed: ${d.why}`,
    hint: 'See pm.log.',
  }),
  SHIM_SILENT: (d: { instance: string; why: string }) => ({
    message: `${d.instance} cannot be changed now: ${d.why}`,
    hint: 'Nothing was changed, its worker goes on. If the shim is stopped, `kill -CONT <pid>`; if it hangs, `kill -9 <pid>`: its apps are started anew.',
  }),
  INTERNAL: (d: { why: string }) => ({
    message: `Internal error: ${d.why}`,
    hint: 'This is a bug of pm; see pm.log.',
  }),
});

export type ErrorCode = keyof typeof ERRORS;
export type ErrorDetails<C extends ErrorCode> = Parameters<(typeof ERRORS)[C]>[0];
