import type { TableSection } from '../command-table';

/** What `pm` without arguments prints: the three things that a newcomer needs. */
export const renderUsage = (): string =>
  [
    'usage: pm <command> [options]',
    '',
    '  $ pm start app.js               start app.js in the background',
    '  $ pm start app.js -i max        one instance per CPU, sharing the port',
    '  $ pm list                       what is running',
    '  $ pm logs                       what it writes',
    '',
    '`pm --help` lists all commands, `pm <command> --help` explains one.',
  ].join('\n');

/** What `pm --help` prints. */
export function renderHelp(sections: readonly TableSection[], version: string): string {
  const names = ({ name, aliases }: TableSection['rows'][number]): string => [name, ...aliases].join('|');
  const width = Math.max(...sections.flatMap(({ rows }) => rows.map((row) => names(row).length)));
  return [
    `pm ${version}: a process manager for Node.js (and any other) programs`,
    '',
    'usage: pm <command> [options]',
    ...sections.flatMap(({ title, rows }) => [
      '',
      `${title}:`,
      ...rows.map((row) => `  ${names(row).padEnd(width)}   ${row.summary}`),
    ]),
    '',
    'A selector is `all`, a name, an id, a namespace, /regex/, or an ecosystem file.',
    'Everywhere: -s --silent, --no-color, -v --version, -h --help. What stands behind -- goes to the app.',
    '`pm help <command>` or `pm <command> --help` explains one command, with examples.',
  ].join('\n');
}
