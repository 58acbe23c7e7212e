import { stat } from 'node:fs/promises';
import { reasonOf } from '../../errors';
import {
  BEGINNING,
  findRotated,
  followFiles,
  mergeByTime,
  readHistory,
  type LogFollower,
  type LogPosition,
  type TimedFile,
} from '../../logs/reader';
import type { InstanceView } from '../../model/instance';
import type { ProcessEvent } from '../../satan';
import type { Context } from '../command';
import { makeLogLinePainter, type LogLinePainter } from '../render/log-line';
import { printable } from '../render/text-width';
import { watchProcesses } from './process-watch';
import { isAllMeant, sourcesOf, viewsMeant, type LogSource } from './sources';
import type { LogWishes } from './wishes';

/** More files at once are no faster, and a shell may allow a thousand descriptors only. */
const FILES_AT_ONCE = 64;

/** What is worth a line between the lines of the apps; the rest is said by what follows it. */
const TOLD_EVENTS = new Set([
  'exit',
  'online',
  'stop',
  'restart overlimit',
  'waiting restart',
  'reload',
  'delete',
]);

type History = TimedFile<LogSource> & { readonly position: LogPosition };

/** One run of `pm logs`: which files are shown, and how. */
export class LogView {
  readonly #sources = new Map<string, LogSource>();
  readonly #positions = new Map<string, LogPosition>();
  readonly #painter: LogLinePainter;
  /** Of the instances meant. */
  #ids = new Set<number>();

  constructor(
    private readonly wishes: LogWishes,
    private readonly context: Context,
  ) {
    this.#painter = makeLogLinePainter(wishes, context.output.paint, context.output.terminal.isTty);
  }

  /** Prints the last lines of every file. */
  async tail(): Promise<void> {
    const { wishes, context } = this;
    const { output } = context;
    const { instances } = await (await context.satan()).call('list', {});
    this.#ids = new Set(viewsMeant(instances, wishes).map(({ id }) => id));
    const found = sourcesOf(instances, wishes, context.home());
    warnAboutNothing(instances, wishes, context);
    this.#painter.align(found);
    for (const path of await missingFiles(found, instances))
      output.warn(`${path} is not there: it was removed, or cannot be written`);
    if (wishes.style === 'labelled') {
      const whose = wishes.selectors.length === 0 ? 'all' : wishes.selectors.join(' ');
      const hint = wishes.since === null ? ' (change the value with --lines option)' : '';
      const what =
        wishes.since === null ? `last ${wishes.lines} lines` : `lines since ${printable(wishes.since)}`;
      const text = `[TAILING] Tailing ${what} for [${printable(whose)}] process${whose === 'all' ? 'es' : ''}${hint}`;
      output.raw(`${output.paint.grey(text)}\n`);
    }
    this.#show(await readAll(found, wishes, context));
  }

  /** Follows until it is interrupted. Apps that come meanwhile are followed too; a God that goes is not missed. */
  async follow(): Promise<void> {
    const { context } = this;
    const startedMs = context.nowMs();
    const follower = followFiles(
      (path, line) => this.#printLive(path, line),
      (path, error) => context.output.warn(`${path}: ${reasonOf(error)}`),
      () => context.output.taken(),
    );
    for (const [path, position] of this.#positions) follower.add(path, position);
    const watching = watchProcesses(context, {
      onEvent: (event) => this.#printEvent(event),
      onList: (instances) => this.#takeNew(instances, follower, startedMs),
    });
    await context.untilInterrupted();
    watching.close();
    await follower.close();
  }

  /** Files that came up while we follow: from their beginning if they are new, else with their last lines. */
  async #takeNew(
    instances: readonly InstanceView[],
    follower: LogFollower,
    startedMs: number,
  ): Promise<void> {
    const { wishes, context } = this;
    this.#ids = new Set(viewsMeant(instances, wishes).map(({ id }) => id));
    const fresh = sourcesOf(instances, wishes, context.home()).filter(({ path }) => !this.#sources.has(path));
    this.#painter.align(fresh);
    const old: LogSource[] = [];
    for (const source of fresh) {
      if (await isOlder(source.path, startedMs)) old.push(source);
      else this.#positions.set(source.path, BEGINNING);
      this.#sources.set(source.path, source);
    }
    this.#show(await readAll(old, wishes, context));
    for (const [path, position] of this.#positions) follower.add(path, position);
  }

  #show(files: readonly History[]): void {
    for (const { source, position } of files) {
      this.#sources.set(source.path, source);
      this.#positions.set(source.path, position);
    }
    printHistory(files, this.wishes, this.context, this.#painter);
  }

  #printLive(path: string, text: string): void {
    const source = this.#sources.get(path);
    if (source === undefined || !this.wishes.isWanted(text)) return;
    const line = source.read(text);
    this.context.output.raw(`${this.#painter.line(source, line, line.atMs ?? this.context.nowMs())}\n`);
  }

  #printEvent(event: ProcessEvent): void {
    const { wishes } = this;
    // With pm.log among the files they stand there; with `--raw` nobody asked for them.
    const isShown = wishes.style !== 'raw' && !this.#sources.has(this.context.home().logFile);
    const isMeant = this.#ids.has(event.id) || isAllMeant(wishes);
    if (!isShown || !isMeant || !TOLD_EVENTS.has(event.event) || !wishes.isWanted(event.reason)) return;
    this.context.output.raw(`${this.#painter.event(event)}\n`);
  }
}

async function readAll(
  sources: readonly LogSource[],
  wishes: LogWishes,
  context: Context,
): Promise<History[]> {
  const rotated = await findRotated(sources.map(({ path }) => path));
  const read = async (source: LogSource): Promise<History[]> => {
    const { path, read: readLine } = source;
    try {
      const timeOf = (line: string): number | null => readLine(line).atMs;
      const tail = await readHistory(path, wishes, rotated.get(path) ?? [], timeOf);
      return [{ ...tail, source, lines: tail.lines.map(readLine) }];
    } catch (error) {
      context.output.warn(`Cannot read ${path}: ${reasonOf(error)}`);
      return [];
    }
  };
  const all: History[] = [];
  for (let at = 0; at < sources.length; at += FILES_AT_ONCE)
    all.push(...(await Promise.all(sources.slice(at, at + FILES_AT_ONCE).map(read))).flat());
  return all;
}

/** A word that means nothing: of several the others are shown all the same. */
function warnAboutNothing(instances: readonly InstanceView[], wishes: LogWishes, { output }: Context): void {
  const isNothing = (selector: string): boolean =>
    viewsMeant(instances, { selectors: [selector], choice: wishes.choice }).length === 0;
  const missing = wishes.selectors.filter((selector) => selector !== 'all' && isNothing(selector));
  if (missing.length === 0) return;
  const names = [...new Set(instances.map(({ name }) => printable(name)))];
  const known = names.length === 0 ? 'nothing is managed' : `there is ${names.join(', ')}`;
  output.warn(`No process matches ${missing.join(' ')}: ${known}`);
}

/** A file is made when its worker starts; where it is not, what the app says goes nowhere. */
async function missingFiles(
  sources: readonly LogSource[],
  instances: readonly InstanceView[],
): Promise<readonly string[]> {
  const running = new Set(instances.filter(({ pid }) => pid > 0).map(({ id }) => id));
  const looked = sources
    .filter(({ ids }) => ids.some((id) => running.has(id)))
    .map(async ({ path }) => ((await stat(path).catch(() => null)) === null ? [path] : []));
  return (await Promise.all(looked)).flat();
}

/** Was it there before? One that is not there yet is new too. */
async function isOlder(path: string, thanMs: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && found.birthtimeMs < thanMs;
}

/**
 * Lines that tell their time stand in its order, whosever they are. A file whose lines do not stands as a block of its
 * own, with PM2's head, the one that changed last at the bottom: where the eye is.
 */
function printHistory(
  files: readonly History[],
  wishes: LogWishes,
  { output }: Context,
  painter: LogLinePainter,
): void {
  const isBlock = ({ lines }: History): boolean => lines.every(({ atMs }) => atMs === null);
  const hasBlocks = files.some(
    (file) => file.source.kind !== 'daemon' && file.lines.length > 0 && isBlock(file),
  );
  const daemon = files.filter(({ source }) => hasBlocks && source.kind === 'daemon');
  const others = files.filter((file) => !daemon.includes(file));
  const merged = [...mergeByTime(daemon).map((line) => ({ ...line, atMs: null })), ...mergeByTime(others)];
  let block: LogSource | null = null;
  const endBlock = (): void => {
    if (block !== null && wishes.style === 'labelled') output.raw('\n');
    block = null;
  };
  for (const { source, line, atMs } of merged.filter(({ line }) => wishes.isWanted(line.raw))) {
    if (atMs !== null || source !== block) endBlock();
    if (atMs === null && block === null) {
      block = source;
      if (wishes.style === 'labelled')
        output.raw(
          `${output.paint.grey(`${printable(source.path)} ${wishes.since === null ? `last ${wishes.lines} lines` : 'since then'}:`)}\n`,
        );
    }
    output.raw(`${painter.line(source, line, atMs)}\n`);
  }
  endBlock();
}
