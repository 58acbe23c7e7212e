import type { ProcessIdentity } from '../../model/instance';
import { isAlive, signalProcess, treeSoon } from '../../platform';
import type { Leftovers, StopLadder } from '../../protocol/shim';

/** How often it is looked whether the rest of a tree has gone; nobody tells us about grandchildren. */
const LOOK_EVERY_MS = 20;
/** SIGKILL works at once, unless a process hangs in the kernel (a dead NFS mount) or is not ours to end. */
const SIGKILL_ALLOWANCE_MS = 2000;

/** The rungs that go over the worker's IPC channel; false: nobody is there to hear. */
export interface LadderSteps {
  drain(): boolean;
  sendMessage(message: string): boolean;
  /** The first signal is out. */
  signalled(): void;
}

/** What is known of the tree of a worker before it has one. */
export interface OwnTree {
  /** Variables that only this worker's tree was born with. */
  readonly marks: readonly string[];
  /** undefined: what it leaves behind is let be, unless it was told to end with its tree. */
  readonly leftovers: Leftovers | undefined;
}

/** What is left of a tree. */
export interface Rest {
  /** Not even SIGKILL has ended these. */
  readonly leftovers: readonly number[];
  readonly leftAlone: readonly ProcessIdentity[];
}

/**
 * The one way a worker is ended: drain → first signal (or message) → SIGKILL, each rung with its own time, over
 * the whole tree where asked. The identities of the tree are taken when the first signal goes out, because a
 * child whose parent has ended cannot be found any more.
 */
export class Stopper {
  private ladder: StopLadder | null = null;
  private rung: 'drain' | 'signal' | 'kill' | 'over' = 'drain';
  private timer: NodeJS.Timeout | undefined;
  private rungEndTick = Infinity;
  private tree: ProcessIdentity[] = [];

  constructor(
    private readonly target: ProcessIdentity,
    private readonly steps: LadderSteps,
    private readonly own: OwnTree,
  ) {}

  isRetiring(): boolean {
    return this.ladder !== null;
  }

  /** A second, more impatient order hurries the first: the present rung ends no later than the new ladder's. */
  retire(ladder: StopLadder): void {
    const isFirst = this.ladder === null;
    this.ladder = ladder;
    if (isFirst) {
      if (ladder.drainMs > 0 && this.steps.drain()) this.wait(ladder.drainMs, ladder);
      else this.signal(ladder);
      return;
    }
    const allowedMs = this.rung === 'drain' ? ladder.drainMs : ladder.killAfterMs;
    if (this.rung !== 'kill' && performance.now() + allowedMs < this.rungEndTick)
      this.wait(allowedMs, ladder);
  }

  /** The worker says that it has drained. */
  onDrained(): void {
    if (this.ladder !== null && this.rung === 'drain') this.signal(this.ladder);
  }

  /** The worker itself has ended; resolves when the rest of its tree has, killed if it must be, with whoever is left. */
  async onExit(code: number | null): Promise<Rest> {
    clearTimeout(this.timer);
    const { marks, leftovers } = this.own;
    const { ladder, rung } = this;
    this.rung = 'over';
    const isTree = ladder === null ? leftovers !== undefined : ladder.tree;
    const signal = ladder?.signal ?? leftovers?.signal ?? 'SIGINT';
    if (isTree) {
      const isToldAlready = rung === 'signal' || rung === 'kill';
      // Of the whole tree where nobody was told; else born between the first signal and now (a shell in its start, a
      // handler of the signal).
      const late = (await treeSoon(this.target, marks)).filter(
        (one) => !isToldAlready || !isOneOf(this.tree, one),
      );
      if (ladder === null && code === 0 && leftovers?.keepAfterZero === true)
        return { leftovers: [], leftAlone: late.filter(isAlive) };
      for (const member of late) signalProcess(member, signal);
      this.tree.push(...late);
    }
    const killAfterMs = ladder?.killAfterMs ?? leftovers?.killAfterMs ?? 0;
    const left = await untilGone(this.tree, killAfterMs, ladder?.lookEveryMs ?? LOOK_EVERY_MS);
    return { leftovers: left.map(({ pid }) => pid), leftAlone: [] };
  }

  /** The tree is looked at first: a child whose parent has ended is harder to find. */
  private signal(ladder: StopLadder): void {
    if (this.rung === 'over') return;
    this.rung = 'signal';
    this.wait(ladder.killAfterMs, ladder);
    const signalTree = (tree: ProcessIdentity[]): void => {
      // It has ended meanwhile: `onExit` looks for itself.
      if (this.rung === 'over') return;
      this.tree = tree;
      const sent = ladder.message !== undefined && this.steps.sendMessage(ladder.message);
      if (!sent) for (const member of tree) signalProcess(member, ladder.signal ?? 'SIGINT');
      this.steps.signalled();
    };
    if (ladder.tree) void treeSoon(this.target, this.own.marks).then(signalTree);
    else signalTree([this.target]);
  }

  private wait(ms: number, ladder: StopLadder): void {
    clearTimeout(this.timer);
    this.rungEndTick = performance.now() + ms;
    this.timer = setTimeout(() => {
      if (this.rung === 'drain') {
        this.signal(ladder);
        return;
      }
      this.rung = 'kill';
      const soon = ladder.tree ? treeSoon(this.target, this.own.marks) : Promise.resolve([]);
      void soon.then((now) => {
        for (const member of [...now, ...this.tree, this.target]) signalProcess(member, 'SIGKILL');
      });
    }, ms);
  }
}

/** Looks until nobody of the tree is left; SIGKILL when the time is up. */
async function untilGone(
  tree: readonly ProcessIdentity[],
  killAfterMs: number,
  lookEveryMs: number,
): Promise<ProcessIdentity[]> {
  const endTick = performance.now() + killAfterMs;
  let left = tree.filter(isAlive);
  while (left.length > 0 && performance.now() < endTick + SIGKILL_ALLOWANCE_MS) {
    if (performance.now() >= endTick) for (const member of left) signalProcess(member, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    left = left.filter(isAlive);
  }
  return left;
}

const isOneOf = (tree: readonly ProcessIdentity[], { pid }: ProcessIdentity): boolean =>
  tree.some((member) => member.pid === pid);
