import { pmError, reasonOf } from '../../errors';
import type { Home } from '../../home';
import { followFiles, readTail, type LogFollower, type LogTail } from '../../logs/reader';
import type { InstanceView } from '../../model/instance';
import { flag, text, type Command, type Context, type Input } from '../command';
import { renderLogLine, type LogSource } from '../render/log-line';
import { printable } from '../render/text-width';
import { selectViews } from '../selectors';

/** PM2's. */
const DEFAULT_LINES = 15;

/** How soon the log of an app started meanwhile shows up. */
const LOOK_FOR_APPS_EVERY_MS = 2000;

export const makeLogs = (): Command => ({
  name: 'logs',
  args: '[selector]',
  description:
    'Prints the last lines of the log files, then what is written to them, until Ctrl-C. Reads the files themselves: it works, and goes on, without God.',
  options: [
    { flags: '--lines <count>', help: `How many lines of each file come first. Default: ${DEFAULT_LINES}.` },
    { flags: '--nostream', help: 'Print those and end.' },
    { flags: '--err', help: 'Only standard error.' },
    { flags: '--out', help: 'Only standard output.' },
    { flags: '--raw', help: 'The lines as they are, without id and name.' },
  ],
  examples: [
    ['pm logs', 'all apps, and pm itself'],
    ['pm logs api --lines 200', 'one app, with more of its past'],
    ['pm logs 3 --err --nostream', 'the last errors of one instance'],
  ],
  run: async (input, context) => {
    const view = new LogView(wishesOf(input), context);
    await view.tail();
    if (!flag(input, 'nostream')) await view.follow();
    return {};
  },
});

interface Wishes {
  readonly selector: string | undefined;
  readonly lines: number;
  readonly kinds: readonly LogSource['kind'][];
  readonly raw: boolean;
}

function wishesOf(input: Input): Wishes {
  const given = text(input, 'lines') ?? `${DEFAULT_LINES}`;
  if (!/^\d+$/.test(given)) {
    throw pmError('BAD_ARGUMENT', {
      message: `--lines ${given} is not a number of lines`,
      hint: 'For instance --lines 100.',
    });
  }
  const out = flag(input, 'out');
  const error = flag(input, 'err');
  const both = out === error;
  return {
    selector: input.args[0],
    lines: Number(given),
    kinds: [
      ...(both || out ? ['out' as const] : []),
      ...(both || error ? ['error' as const] : []),
      ...(both ? ['daemon' as const] : []),
    ],
    raw: flag(input, 'raw'),
  };
}

/** One run of `pm logs`: which files are shown, and how. */
class LogView {
  readonly #sources = new Map<string, LogSource>();
  readonly #tails = new Map<string, LogTail>();

  constructor(
    private readonly wishes: Wishes,
    private readonly context: Context,
  ) {}

  /** Prints the last lines of every file, the one that changed last at the bottom. */
  async tail(): Promise<void> {
    const { selector, lines, raw } = this.wishes;
    const { output } = this.context;
    const { instances } = await (await this.context.satan()).call('list', {});
    const found = sourcesOf(instances, this.wishes, this.context.home());
    if (selector !== undefined && found.length === 0) this.#warnAboutNothing(instances, selector);
    if (!raw) {
      const whose = selector ?? 'all';
      const hint = '(change the value with --lines option)';
      output.raw(
        `${output.paint.grey(`[TAILING] Tailing last ${lines} lines for [${printable(whose)}] process${whose === 'all' ? 'es' : ''} ${hint}`)}\n`,
      );
    }
    await this.#addAll(found);
  }

  #warnAboutNothing(instances: readonly InstanceView[], selector: string): void {
    const names = [...new Set(instances.map(({ name }) => printable(name)))];
    const known = names.length === 0 ? 'nothing is managed' : `there is ${names.join(', ')}`;
    this.context.output.warn(`No process matches ${selector}: ${known}`);
  }

  /** Follows until it is interrupted. Apps that come meanwhile are followed too; a God that goes is not missed. */
  async follow(): Promise<void> {
    const follower = followFiles(
      (path, line) => this.#print(path, line),
      (path, error) => this.context.output.warn(`${path}: ${reasonOf(error)}`),
    );
    this.#hand(follower);
    let isLooking = false;
    const timer = setInterval(() => {
      if (isLooking) return;
      isLooking = true;
      this.#lookForApps(follower)
        // God is away for a moment: files are what counts, and the next look asks again.
        .catch(() => undefined)
        .finally(() => (isLooking = false));
    }, LOOK_FOR_APPS_EVERY_MS);
    await this.context.untilInterrupted();
    clearInterval(timer);
    await follower.close();
  }

  async #lookForApps(follower: LogFollower): Promise<void> {
    const satan = await this.context.satanIfRunning();
    if (satan === null) return;
    const { instances } = await satan.call('list', {});
    const found = sourcesOf(instances, this.wishes, this.context.home());
    await this.#addAll(found.filter(({ path }) => !this.#sources.has(path)));
    this.#hand(follower);
  }

  #hand(follower: LogFollower): void {
    for (const [path, { position }] of this.#tails) follower.add(path, position);
  }

  async #addAll(sources: readonly LogSource[]): Promise<void> {
    const read = await Promise.all(sources.map((source) => this.#read(source)));
    const tails = read.filter((one) => one !== null);
    // pm.log first, then the oldest: the newest lines end up where the eye is.
    const rank = ({ source, tail }: (typeof tails)[number]): number =>
      source.kind === 'daemon' ? -1 : tail.changedAtMs;
    tails.sort((a, b) => rank(a) - rank(b));
    for (const { source, tail } of tails) this.#show(source, tail);
  }

  async #read(source: LogSource): Promise<{ source: LogSource; tail: LogTail } | null> {
    try {
      return { source, tail: await readTail(source.path, this.wishes.lines) };
    } catch (error) {
      this.context.output.warn(`Cannot read ${source.path}: ${reasonOf(error)}`);
      return null;
    }
  }

  #show(source: LogSource, tail: LogTail): void {
    this.#sources.set(source.path, source);
    this.#tails.set(source.path, tail);
    if (tail.lines.length === 0) return;
    const { output } = this.context;
    if (!this.wishes.raw)
      output.raw(`${output.paint.grey(`${source.path} last ${this.wishes.lines} lines:`)}\n`);
    for (const line of tail.lines) this.#print(source.path, line);
    if (!this.wishes.raw) output.raw('\n');
  }

  #print(path: string, line: string): void {
    const source = this.#sources.get(path);
    if (source === undefined) return;
    const { output } = this.context;
    output.raw(`${this.wishes.raw ? line : renderLogLine(source, line, output.paint)}\n`);
  }
}

/** The files of the instances meant; a file that several of them share stands there once. */
function sourcesOf(views: readonly InstanceView[], { selector, kinds }: Wishes, home: Home): LogSource[] {
  const meant = selector === undefined ? views : selectViews(views, selector);
  const sources = new Map<string, LogSource>();
  const isDaemonMeant = (selector === undefined || selector === 'all') && kinds.includes('daemon');
  if (isDaemonMeant) sources.set(home.logFile, { path: home.logFile, label: 'PM', kind: 'daemon' });
  for (const view of meant) {
    const name = printable(view.name);
    const files = [
      { kind: 'out', path: view.outLogPath },
      { kind: 'error', path: view.errorLogPath },
    ] as const;
    for (const { kind, path } of files) {
      if (!kinds.includes(kind) || path.startsWith('/dev/') || path === '') continue;
      const label = sources.has(path) ? `*|${name}` : `${view.id}|${name}`;
      sources.set(path, { path, label, kind });
    }
  }
  return [...sources.values()];
}
