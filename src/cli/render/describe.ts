import Table from 'cli-table3';
import { ATTRIBUTES, type AttributeDeclaration } from '../../model/attributes';
import type { ExitReport, InstanceView, ListenAddress } from '../../model/instance';
import type { InstanceDetail } from '../../satan';
import type { Terminal } from './output';
import type { Paint } from './paint';
import { statusColour } from './status';
import { brokenTo, cut, printable, widthOf, wrapped } from './text-width';
import { clockText, durationText, memoryText, uptimeText } from './units';
import { exitInWords, nextInWords } from './why';

/** How and when a description is drawn. */
export interface DescribeOptions {
  readonly terminal: Terminal;
  readonly paint: Paint;
  readonly nowMs: number;
  /** Revision control, by name; empty: none. */
  readonly git: Rows;
}

type Rows = readonly (readonly [name: string, value: string])[];

/** `pm describe` of one instance: PM2's table, then what only pm knows. */
export function renderDescription(detail: InstanceDetail, options: DescribeOptions): string {
  const { view } = detail;
  const { paint, terminal } = options;
  const columns = terminal.isTty ? terminal.columns : Infinity;
  const title = (text: string): string => ` ${paint.bold(text)}`;
  const parts = [
    title(cut(`Describing process with id ${view.id} - name ${printable(view.name)}`, columns - 2)),
    renderRows(mainRows(detail, options), options),
    title('Why it is in this state'),
    renderRows(reasonRows(detail, options), options),
  ];
  const given = settingRows(detail);
  if (given.length > 0) parts.push(title('Settings'), renderRows(given, options));
  if (options.git.length > 0)
    parts.push(
      title('Revision control metadata'),
      renderRows(
        options.git.map(([name, value]) => [name, printable(value)] as const),
        options,
      ),
    );
  if (view.exits.length > 0) parts.push(title('Last exits, newest first'), renderExits(view.exits, options));
  return `${parts.join('\n')}\n`;
}

const orNone = (value: string): string => (value === '' ? 'N/A' : printable(value));

/** The rows and their order are PM2's (PM2-FACTS §4.4). */
function mainRows({ view, spec }: InstanceDetail, { paint, nowMs }: DescribeOptions): Rows {
  const uptime =
    view.status === 'online' && view.startedAtMs !== null ? uptimeText(nowMs - view.startedAtMs) : '0';
  const rows: (readonly [string, string] | null)[] = [
    ['status', statusColour(view.status, paint)(view.status)],
    ['name', orNone(view.name)],
    ['namespace', orNone(view.namespace)],
    ['version', orNone(view.version)],
    ['restarts', `${view.restarts}`],
    spec.maxMemoryRestartBytes === undefined
      ? null
      : ['max memory restart', memoryText(spec.maxMemoryRestartBytes)],
    spec.cronRestart === undefined || spec.cronRestart === '0'
      ? null
      : ['cron restart', printable(spec.cronRestart)],
    view.combinedLogPath === undefined ? null : ['entire log path', orNone(view.combinedLogPath)],
    ['uptime', uptime],
    ['script path', orNone(spec.script)],
    ['script args', orNone(spec.args.join(' '))],
    ['error log path', orNone(view.errorLogPath)],
    ['out log path', orNone(view.outLogPath)],
    ['pid path', orNone(view.pidPath)],
    ['interpreter', orNone(spec.interpreter)],
    ['interpreter args', orNone(spec.nodeArgs.join(' '))],
    ['script id', `${view.id}`],
    ['exec cwd', orNone(spec.cwd)],
    ['exec mode', `${view.mode}_mode`],
    ['node.js version', view.nodeVersion ?? 'N/A'],
    ['node env', orNone(spec.env['NODE_ENV'] ?? '')],
    ['watch & reload', view.watching ? paint.green('✔') : paint.red('✘')],
    ['unstable restarts', `${view.unstableRestarts}`],
    ['created at', new Date(view.createdAtMs).toISOString()],
  ];
  return rows.filter((row) => row !== null);
}

function reasonRows(
  { view, balance, shim, spec, watchProblem }: InstanceDetail,
  { nowMs }: DescribeOptions,
): Rows {
  const rows: (readonly [string, string] | null)[] = [
    ['reason', orNone(view.reason)],
    view.nextStartAtMs === null ? null : ['next start', nextStart(view.nextStartAtMs, nowMs)],
    view.status === 'online' ? null : ['next', printable(nextInWords(view, nowMs))],
    view.lastRolloutError === null ? null : ['last reload failed', printable(view.lastRolloutError)],
    ['pid', view.pid === 0 ? 'none' : `${view.pid}`],
    ['instance', `${view.slot} (of ${spec.instances})`],
    ['listening on', view.listening.length === 0 ? 'nothing' : view.listening.map(addressText).join(', ')],
    watchProblem === null ? null : ['watch', printable(watchProblem)],
    balance === null ? null : ['balance', printable(balance)],
    shim === null ? null : ['shim', `${printable(shim.id)} (pid ${shim.pid})`],
  ];
  return rows.filter((row) => row !== null);
}

const nextStart = (atMs: number, nowMs: number): string =>
  atMs <= nowMs ? 'now' : `in ${durationText(atMs - nowMs)}`;

/** `:3000`, `127.0.0.1:3000`, `[::1]:3000`, `/run/app.sock`. */
function addressText({ port, address, family }: ListenAddress): string {
  if (port === null) return printable(address ?? 'a socket');
  if (address === null || address === '::' || address === '0.0.0.0') return `:${port}`;
  return family === 6 ? `[${printable(address)}]:${port}` : `${printable(address)}:${port}`;
}

/** Shown by {@link mainRows}, or too long and too secret to print (env). */
const SHOWN = new Set([
  ...[
    'script',
    'name',
    'namespace',
    'cwd',
    'args',
    'exec_interpreter',
    'node_args',
    'exec_mode',
    'env',
    'username',
  ],
  ...[
    'max_memory_restart',
    'cron_restart',
    'watch',
    'instances',
    'out_file',
    'error_file',
    'pid_file',
    'force',
  ],
]);

/** Every attribute that differs from its default; those that have no effect yet say so. */
function settingRows({ spec }: InstanceDetail): Rows {
  const values = spec as unknown as Readonly<Record<string, unknown>>;
  const attributes = Object.entries(ATTRIBUTES) as [string, AttributeDeclaration][];
  const isGiven = ([name, { field, default: usual }]: [string, AttributeDeclaration]): boolean =>
    !SHOWN.has(name) &&
    values[field] !== undefined &&
    JSON.stringify(values[field]) !== JSON.stringify(usual);
  const rows = attributes.filter(isGiven).map(([name, { field, effect }]): [string, string] => {
    const value = values[field];
    const shown = typeof value === 'string' ? value : JSON.stringify(value);
    return [name, printable(effect === 'later' ? `${shown} (no effect yet)` : shown)];
  });
  const file: Rows = spec.configFile === undefined ? [] : [['config file', printable(spec.configFile)]];
  const names: Rows =
    spec.envNames.length === 0 ? [] : [['variables set', printable(spec.envNames.join(', '))]];
  return [...rows, ...names, ...file];
}

/** Borders and blanks around the two cells of a row. */
const ROW_FRAME = 7;

function renderRows(rows: Rows, { paint, terminal }: DescribeOptions): string {
  const names = Math.max(0, ...rows.map(([name]) => widthOf(name)));
  const room = terminal.columns - names - ROW_FRAME;
  // On a narrow terminal a cell is broken, and not the table. Not by cli-table3, which counts colours as letters there.
  const isTight = terminal.isTty && room > 1;
  const table = new Table({ style: { head: [], border: [], compact: true } });
  for (const [name, value] of rows)
    table.push([paint.cyan(name), isTight ? brokenTo(value, room, '').join('\n') : value]);
  return table.toString();
}

/** Room for the columns beside the decision, which is cut where there is little, and the least that is left of it. */
const EXIT_COLUMNS = 64;
const SHORTEST_DECISION = 30;

function renderExits(exits: InstanceView['exits'], { terminal, paint }: DescribeOptions): string {
  const newestFirst = [...exits].reverse();
  const isNarrow = terminal.isTty && terminal.columns < EXIT_COLUMNS + SHORTEST_DECISION;
  const table = isNarrow
    ? exitLines(newestFirst, terminal.columns, paint)
    : exitTable(newestFirst, terminal.columns, paint);
  const [newest] = newestFirst;
  const columns = terminal.isTty ? terminal.columns : Infinity;
  const told = (line: string): string => wrapped(line, columns, '     ');
  const story =
    newest === undefined
      ? []
      : [told(` ${paint.bold('The last of them:')} ${printable(exitInWords(newest))}`)];
  const withTail = newestFirst.find(({ stderrTail }) => stderrTail.length > 0);
  if (withTail === undefined) return [table, ...story].join('\n');
  const head = ` ${paint.bold(`Its last words on stderr (${clockText(withTail.atMs)})`)}`;
  return [table, ...story, head, ...withTail.stderrTail.map((line) => told(`   ${printable(line)}`))].join(
    '\n',
  );
}

function exitTable(newestFirst: readonly ExitReport[], columns: number, paint: Paint): string {
  const table = new Table({
    head: ['when', 'pid', 'cause', 'code', 'after', 'decision'].map((word) => paint.cyan(word)),
    style: { head: [], border: [], compact: true },
  });
  for (const exit of newestFirst) {
    const { atMs, pid, cause, uptimeMs, decision } = exit;
    const shown = cut(printable(decision), columns - EXIT_COLUMNS);
    table.push([clockText(atMs), `${pid}`, cause, endText(exit), durationText(uptimeMs), shown]);
  }
  return table.toString();
}

/** The same without a table, where it has no room. */
const exitLines = (newestFirst: readonly ExitReport[], columns: number, paint: Paint): string =>
  newestFirst
    .map((exit) => {
      const { atMs, pid, cause, uptimeMs, decision } = exit;
      const what = `pid ${pid}, ${cause} (${endText(exit)}) after ${durationText(uptimeMs)}`;
      return wrapped(`   ${paint.cyan(clockText(atMs))} ${what}: ${printable(decision)}`, columns, '     ');
    })
    .join('\n');

const endText = ({ code, signal }: ExitReport): string => signal ?? (code === null ? '?' : `${code}`);
