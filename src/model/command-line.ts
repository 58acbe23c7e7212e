/** Arguments that make a shell run a command line, with further words of the user behind it, each kept as it is. */
export const shellArguments = (line: string, args: readonly string[]): string[] =>
  // `$0` of the line is the name that `bash -c` would give itself.
  args.length === 0 ? ['-c', line] : ['-c', `${line} "$@"`, 'sh', ...args];
