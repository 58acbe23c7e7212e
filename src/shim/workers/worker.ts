import type { ChildProcess } from 'node:child_process';
import type { ListenAddress, ProcessIdentity } from '../../model/instance';
import { oomCounterOf, signalProcess, type OomCounter } from '../../platform';
import { WORKER_MARK, type WorkerReport, type WorkerStart } from '../../protocol/shim';
import { WORKER_COMMAND, type ToWorker } from '../../protocol/worker';
import type { LogFiles } from '../logs/log-files';
import { pumpOutput, type WorkerOutput } from '../stdio';
import { Stopper } from './stopper';

/** What is known of a worker beside its process; written by the events of its channel and by the broker. */
export interface WorkerFacts {
  readonly startedAtMs: number;
  readonly startedTick: number;
  /** When its main module was loaded. */
  runningAtMs: number | null;
  readySent: boolean;
  listening: readonly ListenAddress[];
  /** God has seen it prove itself: it may be given connections. */
  admitted: boolean;
  /** It has said that it will leave. */
  offline: boolean;
}

/** What tells this worker's descendants from everybody else's, wherever they are; none from a God that does not set it. */
const marksOf = ({ env }: WorkerStart): string[] =>
  [WORKER_MARK, 'PM_HOME'].flatMap((name) =>
    env[WORKER_MARK] === undefined ? [] : [`${name}=${env[name] ?? ''}`],
  );

/** The shim's view of one app process: its pipes, its IPC channel, its end. It decides nothing. */
export class Worker {
  readonly facts: WorkerFacts = {
    startedAtMs: Date.now(),
    startedTick: performance.now(),
    runningAtMs: null,
    readySent: false,
    listening: [],
    admitted: false,
    offline: false,
  };
  readonly output: WorkerOutput;
  readonly stopper: Stopper;
  /** As it stood when the worker began. */
  readonly oomCounter: OomCounter | null;

  constructor(
    readonly start: WorkerStart,
    private readonly child: ChildProcess,
    readonly identity: ProcessIdentity,
    logFiles: LogFiles,
  ) {
    this.output = pumpOutput(child, start, logFiles);
    this.oomCounter = oomCounterOf(identity.pid);
    const steps = {
      drain: () => start.mode === 'cluster' && this.send({ cmd: WORKER_COMMAND, type: 'drain' }),
      sendMessage: (message: string) => this.send(message),
      signalled: () => {
        if (start.mode === 'cluster') this.send({ cmd: WORKER_COMMAND, type: 'signalled' });
      },
    };
    this.stopper = new Stopper(identity, steps, { marks: marksOf(start), leftovers: start.leftovers });
  }

  /** Messages can come to it. */
  isReachable(): boolean {
    return this.child.connected;
  }

  /** False, or a later `onFailed`: the channel is closed. */
  send(message: ToWorker | string, handle?: unknown, onFailed?: () => void): boolean {
    if (!this.child.connected) return false;
    // Without a callback a channel that closes meanwhile makes `child` emit an error.
    this.child.send(message, handle as never, (error) => {
      if (error !== null) onFailed?.();
    });
    return true;
  }

  /** False: it is gone. */
  signal(signal: string): boolean {
    return signalProcess(this.identity, signal);
  }

  /** False: it does not read its standard input, or is gone. */
  input(text: string): boolean {
    if (this.child.stdin?.writable !== true) return false;
    this.child.stdin.write(text);
    return true;
  }

  report(): WorkerReport {
    const { key, instanceId, slot } = this.start;
    const { startedAtMs, runningAtMs, readySent, listening, admitted } = this.facts;
    const retiring = this.stopper.isRetiring();
    return {
      key,
      instanceId,
      slot,
      process: this.identity,
      startedAtMs,
      ...(this.start.preload ? { runningAtMs } : {}),
      readySent,
      listening,
      admitted,
      retiring,
    };
  }
}
