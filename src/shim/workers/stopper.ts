import type { ProcessIdentity } from '../../model/instance';
import { isAlive, signalProcess, treeOf } from '../../platform';
import type { StopLadder } from '../../protocol/shim';

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

/**
 * The one way a worker is ended: drain → first signal (or message) → SIGKILL, each rung with its own time, over
 * the whole tree where asked. The identities of the tree are taken when the first signal goes out, because a
 * child whose parent has ended cannot be found any more.
 */
export class Stopper {
  private ladder: StopLadder | null = null;
  private rung: 'drain' | 'signal' | 'kill' = 'drain';
  private timer: NodeJS.Timeout | undefined;
  private rungEndTick = Infinity;
  private tree: ProcessIdentity[] = [];

  constructor(
    private readonly target: ProcessIdentity,
    private readonly steps: LadderSteps,
    /** Variables that only this worker's tree was born with. */
    private readonly marks: readonly string[],
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
  async onExit(): Promise<number[]> {
    clearTimeout(this.timer);
    const endTick = performance.now() + (this.ladder?.killAfterMs ?? 0);
    const lookEveryMs = this.ladder?.lookEveryMs ?? LOOK_EVERY_MS;
    if (this.ladder?.tree === true && this.rung !== 'drain') {
      // Born between the first signal and now (a shell in its start, a handler of the signal): nobody has told them.
      const late = treeOf(this.target, this.marks).filter((one) => !isOneOf(this.tree, one));
      for (const member of late) signalProcess(member, this.ladder.signal ?? 'SIGINT');
      this.tree.push(...late);
    }
    let left = this.tree.filter(isAlive);
    while (left.length > 0 && performance.now() < endTick + SIGKILL_ALLOWANCE_MS) {
      if (performance.now() >= endTick) for (const member of left) signalProcess(member, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      left = left.filter(isAlive);
    }
    return left.map(({ pid }) => pid);
  }

  private signal(ladder: StopLadder): void {
    this.rung = 'signal';
    this.tree = ladder.tree ? treeOf(this.target, this.marks) : [this.target];
    const sent = ladder.message !== undefined && this.steps.sendMessage(ladder.message);
    if (!sent) for (const member of this.tree) signalProcess(member, ladder.signal ?? 'SIGINT');
    this.steps.signalled();
    this.wait(ladder.killAfterMs, ladder);
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
      const now = ladder.tree ? treeOf(this.target, this.marks) : [];
      for (const member of [...now, ...this.tree]) signalProcess(member, 'SIGKILL');
    }, ms);
  }
}

const isOneOf = (tree: readonly ProcessIdentity[], { pid }: ProcessIdentity): boolean =>
  tree.some((member) => member.pid === pid);
