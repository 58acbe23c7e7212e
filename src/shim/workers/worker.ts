import type { ChildProcess } from 'node:child_process';
import type { ListenAddress, ProcessIdentity } from '../../model/instance';
import { identify, signalProcess } from '../../platform';
import type { StopLadder, WorkerReport, WorkerStart } from '../../protocol/shim';
import { WORKER_COMMAND, type FromWorker, type ToWorker } from '../../protocol/worker';
import type { Journal } from '../journal';
import { pumpLog, type LogPump } from '../stdio';
import { StopSequence } from '../stop-ladder';

/** After its end a worker's pipes are read dry; a grandchild that holds them must not delay the news. */
const DRY_PIPES_MS = 200;

/** What the broker needs of a worker, and what it must be told about it. */
export interface BrokerLink {
  send(message: ToWorker, handle?: unknown, onFailed?: () => void): boolean;
}

export interface WorkerListener {
  onMessage(worker: Worker, message: FromWorker): void;
  /** No message of its IPC channel can come any more. */
  onDisconnect(worker: Worker): void;
  onExit(worker: Worker): void;
}

/** The shim's view of one app process: its pipes, its IPC channel and its end. It decides nothing. */
export class Worker implements BrokerLink {
  admitted = false;
  private readySent = false;
  private readonly listening: ListenAddress[] = [];
  private stopping: StopSequence | undefined;
  private readonly startedAtMs = Date.now();
  private readonly startedTick = performance.now();
  private readonly pumps: readonly LogPump[];

  constructor(
    readonly start: WorkerStart,
    private readonly child: ChildProcess,
    private readonly identity: ProcessIdentity,
    private readonly journal: Journal,
    private readonly listener: WorkerListener,
  ) {
    this.pumps = [
      pumpLog(child.stdout as NonNullable<typeof child.stdout>, start.logs.outPath, { keepTail: false }),
      pumpLog(child.stderr as NonNullable<typeof child.stderr>, start.logs.errorPath, { keepTail: true }),
    ];
    // Writing to the stdin of a program that closed it: its own affair.
    child.stdin?.on('error', () => undefined);
    child.on('error', () => undefined);
    child.on('message', (message) => {
      this.onAppMessage(message);
    });
    child.on('internalMessage', (message: { cmd?: unknown }) => {
      if (message.cmd === WORKER_COMMAND) this.onPreloadMessage(message as FromWorker);
    });
    child.once('disconnect', () => {
      listener.onDisconnect(this);
    });
    child.once('exit', (code, signal) => void this.onExit(code, signal));
  }

  get retiring(): boolean {
    return this.stopping !== undefined;
  }

  send(message: ToWorker, handle?: unknown, onFailed?: () => void): boolean {
    if (!this.child.connected) return false;
    // Without a callback a channel that closes meanwhile makes `child` emit an error.
    this.child.send(message, handle as never, (error) => {
      if (error !== null) onFailed?.();
    });
    return true;
  }

  retire(ladder: StopLadder): void {
    if (this.stopping !== undefined) {
      this.stopping.hurry(ladder);
      return;
    }
    this.stopping = new StopSequence(this.identity, ladder, {
      drain: () => this.start.mode === 'cluster' && this.send({ cmd: WORKER_COMMAND, type: 'drain' }),
      sendMessage: (message) => this.child.connected && this.child.send(message, () => undefined),
    });
  }

  signal(signal: string): boolean {
    return signalProcess(this.identity, signal);
  }

  reopenLogs(): void {
    for (const pump of this.pumps) pump.reopen();
  }

  report(): WorkerReport {
    const { key, instanceId, slot } = this.start;
    const { readySent, listening, admitted, retiring, startedAtMs, identity } = this;
    return { key, instanceId, slot, process: identity, startedAtMs, readySent, listening, admitted, retiring };
  }

  /** The app's own messages; `ready` is the only one that means something to a supervisor (PM2-FACTS §5.5). */
  private onAppMessage(message: unknown): void {
    if (message !== 'ready' || this.readySent) return;
    this.readySent = true;
    this.journal.append({ type: 'ready', key: this.start.key, atMs: Date.now() });
  }

  private onPreloadMessage(message: FromWorker): void {
    const { key } = this.start;
    if (message.type === 'listening') {
      this.listening.push(message.address);
      this.journal.append({ type: 'listening', key, address: message.address, atMs: Date.now() });
    } else if (message.type === 'listen-failed') {
      const { address, error } = message;
      this.journal.append({ type: 'listen-failed', key, address, error, atMs: Date.now() });
    } else if (message.type === 'drained') this.stopping?.onDrained();
    else this.listener.onMessage(this, message);
  }

  private async onExit(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    const uptimeMs = Math.round(performance.now() - this.startedTick);
    const atMs = Date.now();
    await Promise.all([this.pipesDry(), this.stopping?.onExit()]);
    this.listener.onExit(this);
    const stderrTail = this.pumps[1]?.tail() ?? [];
    const { pid } = this.identity;
    this.journal.append({ type: 'exited', key: this.start.key, pid, code, signal, atMs, uptimeMs, stderrTail });
  }

  private pipesDry(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, DRY_PIPES_MS);
      this.child.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** The identity of a child that was just spawned. One that has ended already is a zombie until Node reaps it. */
export const identityOf = (child: ChildProcess): ProcessIdentity | null =>
  child.pid === undefined ? null : (identify(child.pid) ?? { pid: child.pid, startTicks: 0 });
