import type { ProcessIdentity } from '../model/instance';
import { isAlive, signalProcess, treeOf } from '../platform';
import type { StopLadder } from '../protocol/shim';

/** How often it is looked whether the rest of a tree has gone; nobody tells us about grandchildren. */
const LOOK_EVERY_MS = 20;

export interface LadderSteps {
  /** False: there is nothing to drain, or nobody to ask. */
  drain(): boolean;
  /** False: the message could not be sent. */
  sendMessage(message: string): boolean;
}

/**
 * The one way a worker is ended: drain → first signal (or message) → SIGKILL, each rung with its own time, over
 * the whole tree where asked. The identities of the tree are taken when the first signal goes out, because a
 * child whose parent has ended cannot be found any more.
 */
export class StopSequence {
  private rung: 'drain' | 'signal' | 'kill' = 'drain';
  private timer: NodeJS.Timeout | undefined;
  private timerEndsMs = 0;
  private tree: ProcessIdentity[] = [];

  constructor(
    private readonly target: ProcessIdentity,
    private ladder: StopLadder,
    private readonly steps: LadderSteps,
  ) {
    if (ladder.drainMs > 0 && steps.drain()) this.wait(ladder.drainMs);
    else this.signal();
  }

  /** The worker says that it has drained. */
  onDrained(): void {
    if (this.rung === 'drain') this.signal();
  }

  /** A later, more impatient order: the present rung ends no later than the new ladder would end it. */
  hurry(ladder: StopLadder): void {
    this.ladder = ladder;
    const allowedMs = this.rung === 'drain' ? ladder.drainMs : ladder.killAfterMs;
    if (this.rung !== 'kill' && performance.now() + allowedMs < this.timerEndsMs) this.wait(allowedMs);
  }

  /** The worker itself has ended; resolves when the rest of its tree has, killed if it must be. */
  async onExit(): Promise<void> {
    clearTimeout(this.timer);
    if (!this.ladder.tree) return;
    const endMs = performance.now() + this.ladder.killAfterMs;
    let left = this.tree.filter(isAlive);
    while (left.length > 0) {
      if (performance.now() >= endMs) for (const member of left) signalProcess(member, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      left = left.filter(isAlive);
    }
  }

  private signal(): void {
    this.rung = 'signal';
    this.tree = this.ladder.tree ? treeOf(this.target) : [this.target];
    const { message, signal, killAfterMs } = this.ladder;
    const sent = message !== undefined && this.steps.sendMessage(message);
    if (!sent) for (const member of this.tree) signalProcess(member, signal ?? 'SIGINT');
    this.wait(killAfterMs);
  }

  private kill(): void {
    this.rung = 'kill';
    const now = this.ladder.tree ? treeOf(this.target) : [this.target];
    for (const member of [...now, ...this.tree]) signalProcess(member, 'SIGKILL');
  }

  private wait(ms: number): void {
    clearTimeout(this.timer);
    this.timerEndsMs = performance.now() + ms;
    this.timer = setTimeout(() => {
      if (this.rung === 'drain') this.signal();
      else this.kill();
    }, ms);
  }
}
