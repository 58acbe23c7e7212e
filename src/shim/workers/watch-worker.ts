import type { ChildProcess } from 'node:child_process';
import { WORKER_COMMAND, type FromWorker } from '../../protocol/worker';
import type { ListenAddress } from '../../model/instance';
import { failpoint, hasOomKilledSince } from '../../platform';
import { isLeaving } from '../handles/listener';
import type { RawHandle } from '../handles/sockets';
import type { Journal } from '../journal';
import type { Worker } from './worker';

/** After its end a worker's pipes are read dry; a grandchild that holds them must not delay the news. */
const DRY_PIPES_MS = 200;

/** Who else wants to know what a worker says and when it can say nothing any more. */
export interface WorkerListener {
  readonly onMessage: (worker: Worker, message: FromWorker, handle?: RawHandle) => void;
  /** No message of its IPC channel can come any more. */
  readonly onDisconnect: (worker: Worker) => void;
  readonly onExit: (worker: Worker) => void;
  /** It has said that it will leave. */
  readonly onOffline: () => void;
}

/** Turns what a child process does into journal entries and calls of the listener. */
export function watchWorker(
  worker: Worker,
  child: ChildProcess,
  journal: Journal,
  listener: WorkerListener,
): void {
  const { key } = worker.start;
  // Writing to the stdin of a program that closed it: its own affair.
  child.stdin?.on('error', () => undefined);
  child.on('error', () => undefined);
  child.on('message', (message) => {
    // The app's own messages; these two mean something to a supervisor (`ready`: PM2-FACTS §5.5).
    if (message === 'offline') onOffline(worker, 'it said so', journal, listener);
    if (message !== 'ready' || worker.facts.readySent) return;
    worker.facts.readySent = true;
    journal.append({ type: 'ready', key, atMs: Date.now() });
  });
  child.on('internalMessage', (message: { cmd?: unknown }, handle?: RawHandle) => {
    if (message.cmd !== WORKER_COMMAND) return;
    onPreloadMessage(worker, message as FromWorker, journal, {
      ...listener,
      onMessage: (one, other) => {
        listener.onMessage(one, other, handle);
      },
    });
  });
  child.once('disconnect', () => {
    listener.onDisconnect(worker);
  });
  child.once('exit', (code, signal) => void onExit(worker, child, { code, signal }, journal, listener));
}

function onPreloadMessage(
  worker: Worker,
  message: FromWorker,
  journal: Journal,
  listener: WorkerListener,
): void {
  if (message.type === 'drained') worker.stopper.onDrained();
  else if (message.type === 'running') noteRunning(worker, journal);
  else if (message.type === 'listening') noteListening(worker, message.address, journal);
  else if (message.type === 'closed') noteClosed(worker, message.address, journal);
  else if (message.type === 'listen-failed') {
    const { address, error } = message;
    journal.append({ type: 'listen-failed', key: worker.start.key, address, error, atMs: Date.now() });
  } else if (message.type === 'offline') onOffline(worker, message.why, journal, listener);
  else listener.onMessage(worker, message);
}

function noteRunning({ facts, start }: Worker, journal: Journal): void {
  if (facts.runningAtMs !== null) return;
  facts.runningAtMs = Date.now();
  journal.append({ type: 'running', key: start.key, atMs: facts.runningAtMs });
}

function noteListening(worker: Worker, address: ListenAddress, journal: Journal): void {
  const { facts, start } = worker;
  if (facts.listening.some((other) => isSame(other, address))) return;
  facts.listening = [...facts.listening, address];
  journal.append({ type: 'listening', key: start.key, address, atMs: Date.now() });
}

/** A worker that leaves closes because it must: what it served is what its successor is measured by. */
function noteClosed(worker: Worker, address: ListenAddress, journal: Journal): void {
  const { facts, start } = worker;
  if (isLeaving(worker)) return;
  facts.listening = facts.listening.filter((other) => !isSame(other, address));
  journal.append({ type: 'closed', key: start.key, address, atMs: Date.now() });
}

const isSame = (one: ListenAddress, other: ListenAddress): boolean =>
  one.port === other.port && one.address === other.address && one.family === other.family;

function onOffline(worker: Worker, why: string, journal: Journal, listener: WorkerListener): void {
  if (worker.facts.offline) return;
  worker.facts.offline = true;
  journal.append({ type: 'offline', key: worker.start.key, why, atMs: Date.now() });
  listener.onOffline();
}

interface ExitStatus {
  readonly code: number | null;
  readonly signal: string | null;
}

async function onExit(
  worker: Worker,
  child: ChildProcess,
  status: ExitStatus,
  journal: Journal,
  listener: WorkerListener,
): Promise<void> {
  const atMs = Date.now();
  const uptimeMs = Math.round(performance.now() - worker.facts.startedTick);
  const [{ leftovers, leftAlone }] = await Promise.all([worker.stopper.onExit(status.code), pipesDry(child)]);
  failpoint('worker.exited');
  listener.onExit(worker);
  const { start, identity, output } = worker;
  journal.append({
    type: 'exited',
    key: start.key,
    pid: identity.pid,
    ...status,
    atMs,
    uptimeMs,
    stderrTail: output.stderrTail(),
    ...oomKillOf(worker, status),
    ...(leftovers.length === 0 ? {} : { leftovers }),
    ...(leftAlone.length === 0 ? {} : { leftAlone }),
  });
}

/** The kernel kills with SIGKILL; when others do, its counter does not move. */
function oomKillOf({ oomCounter }: Worker, { signal }: ExitStatus): { oomKill?: 'cgroup' | 'machine' } {
  const isMeant = signal === 'SIGKILL' && oomCounter !== null && hasOomKilledSince(oomCounter);
  return isMeant ? { oomKill: oomCounter.of } : {};
}

function pipesDry(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DRY_PIPES_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
