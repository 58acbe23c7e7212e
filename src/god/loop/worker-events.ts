import { bornWith, failpoint } from '../../platform';
import { WORKER_MARK, type ShimEvent } from '../../protocol/shim';
import type { ExitCause, ListenAddress, ProcessIdentity } from '../../model/instance';
import type { God } from '../core/god';
import { parseKey } from '../policy/adopt';
import { addressesInWords, decideReady } from '../policy/ready';
import { labelOf, type Instance, type Worker } from '../core/world';
import { ownerInWords } from './address-owner';
import { specOfGeneration } from '../store/generations';
import { applyEvent, dismissUnplacedShims, freshKey, setState, settle, writePidFile } from './instance';
import { attemptEnded, attemptLate } from './rollouts';
import { onWorkerEnd } from './worker-end';
import { replaceServing } from './worker-offline';

type EventOfType<T extends ShimEvent['type']> = Extract<ShimEvent, { type: T }>;

/** What a shim tells. A shim repeats what was not acknowledged, so every case here may come twice. */
export function onShimEvent(god: God, shimId: string, event: ShimEvent): void {
  const worker = god.world.workers.get(event.key);
  const instance = worker === undefined ? undefined : god.world.instances.get(worker.instanceId);
  if (worker === undefined || instance === undefined) {
    noteUnknownEnd(god, shimId, event);
    return;
  }
  failpoint(`event.${event.type}`);
  switch (event.type) {
    case 'started':
      onStarted(god, instance, worker, event);
      break;
    case 'running':
      worker.runningTickMs ??= god.clock.tickMs();
      lookAt(god, instance, worker);
      break;
    case 'ready':
      worker.readySent = true;
      instance.app.record.hasSaidReady = true;
      noteTime(god, instance, worker);
      lookAt(god, instance, worker);
      break;
    case 'listening':
      onListening(god, instance, worker, event);
      break;
    case 'closed':
      onClosed(god, instance, worker, event);
      break;
    case 'listen-failed':
      worker.listenError = `${event.error} ${addressesInWords([event.address])}${ownerInWords(god, event)}`;
      god.log(`${labelOf(instance)} could not listen: ${worker.listenError}`);
      break;
    case 'offline':
      onOffline(god, instance, worker, `it went offline: ${event.why}`);
      break;
    case 'spawn-failed':
      onWorkerEnd(god, instance, worker, {
        ...NEVER_RAN,
        atMs: event.atMs,
        cause: 'spawn failed',
        error: event.error,
      });
      break;
    case 'exited':
      onWorkerEnd(god, instance, worker, { ...event, cause: causeOf(event), error: null });
      break;
  }
}

const NEVER_RAN = { pid: 0, code: null, signal: null, uptimeMs: 0, stderrTail: [] } as const;

function causeOf({ code, signal }: EventOfType<'exited'>): ExitCause {
  if (signal !== null) return 'signal';
  return code === 0 ? 'exit' : 'crash';
}

function noteUnknownEnd(god: God, shimId: string, event: ShimEvent): void {
  // Told twice, or the end of a worker that a God before this one had already written off.
  if (event.type !== 'exited') return;
  god.log(
    `shim ${shimId}: worker ${event.key} (pid ${event.pid}) has ended; it belongs to no instance any more`,
  );
  const id = parseKey(event.key)?.instanceId;
  const instance = id === undefined ? undefined : god.world.instances.get(id);
  if (instance === undefined) {
    dismissUnplacedShims(god);
    return;
  }
  instance.record.retiring = instance.record.retiring.filter(({ key }) => key !== event.key);
}

function onStarted(god: God, instance: Instance, worker: Worker, event: EventOfType<'started'>): void {
  if (worker.process !== null) return;
  worker.process = event.process;
  worker.startedAtMs = event.atMs;
  worker.startedTickMs = god.clock.tickMs();
  if (event.tellsRunning !== true) worker.runningTickMs = worker.startedTickMs;
  const { record } = instance;
  const { key, process, atMs: startedAtMs } = event;
  const { generation } = worker;
  record.processes = [
    ...record.processes,
    { key, process, startedAtMs, proof: null, tookMs: null, generation },
  ];
  god.store.saveLater();
  writePidFile(god, instance, worker.key);
  lookAt(god, instance, worker);
}

function onListening(
  god: God,
  instance: Instance,
  worker: Worker,
  { address }: EventOfType<'listening'>,
): void {
  if (!worker.listening.some((other) => isSame(other, address)))
    worker.listening = [...worker.listening, address];
  // A slow one listens after it was taken for one that does not: its successor is measured by what it does now.
  noteTime(god, instance, worker);
  adoptHabits(instance, worker);
  lookAt(god, instance, worker);
}

/** An app that begins to listen this late does so for another reason than its start; its successor need not wait for it. */
const LONGEST_BOOT_MS = 600_000;

/** Kept with its process: the next God measures its successor by it. */
function noteTime(god: God, instance: Instance, worker: Worker): void {
  const { record } = instance;
  if (worker.startedTickMs === null) return;
  const tookMs = Math.round(god.clock.tickMs() - worker.startedTickMs);
  if (tookMs > LONGEST_BOOT_MS) return;
  worker.tookMs = tookMs;
  record.processes = record.processes.map((one) => (one.key === worker.key ? { ...one, tookMs } : one));
  god.store.saveLater();
}

/** A server for a moment (a look for a free port, one transfer of FTP) is nothing that its successor must have. */
function onClosed(god: God, instance: Instance, worker: Worker, { address }: EventOfType<'closed'>): void {
  worker.listening = worker.listening.filter((other) => !isSame(other, address));
  // Who closes the last one is most likely about to end, and its successor has to listen again.
  if (worker.listening.length === 0) return;
  adoptHabits(instance, worker);
  const { state } = instance;
  if (state.name !== 'replacing' || state.key !== worker.key) return;
  const candidate = god.world.workers.get(state.candidate);
  if (candidate?.predecessor == null) return;
  candidate.predecessor = { ...candidate.predecessor, listening: worker.listening };
  lookAt(god, instance, candidate);
}

function adoptHabits(instance: Instance, worker: Worker): void {
  const { state } = instance;
  if (state.name !== 'online' || state.key !== worker.key) return;
  instance.habits = worker.listening;
  instance.tookMs = worker.tookMs ?? instance.tookMs;
}

const isSame = (one: ListenAddress, other: ListenAddress): boolean =>
  one.port === other.port && one.address === other.address && one.family === other.family;

/** Is the worker ready? Asked at each sign of life and when its time is up. */
export function lookAt(god: God, instance: Instance, worker: Worker): void {
  const { state } = instance;
  const isCurrent = state.name === 'launching' && state.key === worker.key;
  const isCandidate = 'candidate' in state && state.candidate === worker.key;
  if ((!isCurrent && !isCandidate) || worker.startedTickMs === null || worker.proof !== undefined) return;
  const { readySent, listening, listenError, runningTickMs } = worker;
  const nowTickMs = god.clock.tickMs();
  const { record } = instance.app;
  const readiness = decideReady({
    spec: specOfGeneration(record, worker.generation),
    readySent,
    hasSaidReady: record.hasSaidReady,
    listening,
    listenError,
    aliveMs: nowTickMs - worker.startedTickMs,
    runningMs: runningTickMs === null ? null : nowTickMs - runningTickMs,
    predecessor: worker.predecessor === null ? null : { ...worker.predecessor, serves: isCandidate },
  });
  switch (readiness.kind) {
    case 'pending':
      god.act({ kind: 'look-again', key: worker.key, inMs: readiness.inMs });
      break;
    case 'proven':
      if (readiness.warning !== undefined) god.operations.warn(instance, readiness.warning);
      if (isCurrent) applyEvent(god, instance, { name: 'proven', reason: readiness.reason });
      else if (instance.app.rollout?.plan.phase === 'prove') {
        worker.proof = readiness.reason;
        const reason = `the new worker is ready (${readiness.reason}) and waits for the others`;
        setState(god, instance, { ...state, reason });
      } else {
        const cause = instance.app.rollout?.occasion.cause ?? 'reload';
        applyEvent(god, instance, { name: 'candidate proven', cause, reason: readiness.reason });
      }
      attemptEnded(god, instance, null);
      break;
    case 'late':
      if (readiness.inMs !== null) god.act({ kind: 'look-again', key: worker.key, inMs: readiness.inMs });
      onLate(god, instance, worker, readiness.reason);
      break;
    case 'failed':
      onUnready(god, instance, worker, readiness.reason);
      break;
  }
}

/** Said once for each thing that it lacks. Whoever waits may go; it stays, and what it proves later counts. */
function onLate(god: God, instance: Instance, worker: Worker, reason: string): void {
  if (worker.late === reason) return;
  worker.late = reason;
  applyEvent(god, instance, { name: 'late', reason: `not proven yet: ${reason}` });
  attemptLate(god, instance, reason);
}

/** Its end will come as an exit, with its last words; the attempt has failed only then. */
function onUnready(god: God, instance: Instance, worker: Worker, reason: string): void {
  if (instance.state.name === 'launching') {
    applyEvent(god, instance, { name: 'unready', reason });
    return;
  }
  worker.failure = { why: reason, rolloutId: instance.app.rollout?.id ?? null };
  applyEvent(god, instance, {
    name: 'candidate failed',
    key: freshKey(instance),
    alive: true,
    cause: 'not ready',
    reason: `the new worker failed: ${reason}`,
  });
}

/** It will end by itself: one that is not proven yet will never be. */
function onOffline(god: God, instance: Instance, worker: Worker, reason: string): void {
  const { state } = instance;
  god.log(`${labelOf(instance)} (pid ${worker.process?.pid ?? 0}): ${reason}`);
  const isLaunching = state.name === 'launching' && state.key === worker.key;
  const isCandidate = 'candidate' in state && state.candidate === worker.key;
  if (isLaunching || isCandidate) onUnready(god, instance, worker, reason);
  else replaceServing(god, instance, worker, reason);
}

export function onLookAgain(god: God, key: string): void {
  const worker = god.world.workers.get(key);
  const instance = worker === undefined ? undefined : god.world.instances.get(worker.instanceId);
  if (worker !== undefined && instance !== undefined) lookAt(god, instance, worker);
}

/** The start never reached the shim, or the shim refused it: no event of that worker will come. */
export function onStartFailed(god: God, key: string, error: string): void {
  const worker = god.world.workers.get(key);
  const instance = worker === undefined ? undefined : god.world.instances.get(worker.instanceId);
  if (worker === undefined || instance === undefined) return;
  const atMs = god.clock.nowMs();
  onWorkerEnd(god, instance, worker, { ...NEVER_RAN, atMs, cause: 'spawn failed', error });
}

/** Its workers notice by themselves and end (D15); each of them counts as ended now. */
export function onShimLost(god: God, shimId: string, why: string): void {
  god.log(`shim ${shimId} is lost: ${why}`);
  for (const worker of [...god.world.workers.values()].filter((one) => one.shimId === shimId && one.sent))
    loseWorker(god, worker, why);
}

/** A worker whose shim is gone counts as ended; what is left of it is ended. */
export function loseWorker(god: God, worker: Worker, why: string): void {
  const instance = god.world.instances.get(worker.instanceId);
  if (instance === undefined) return;
  const { process, startedTickMs } = worker;
  const left = process === null ? untoldProcesses(god, worker.key) : [process];
  for (const one of left) endOrphan(god, instance, worker.key, one);
  const uptimeMs = startedTickMs === null ? 0 : Math.round(god.clock.tickMs() - startedTickMs);
  const end = { ...NEVER_RAN, pid: process?.pid ?? 0, uptimeMs, atMs: god.clock.nowMs() };
  onWorkerEnd(god, instance, worker, { ...end, cause: 'shim lost', error: why });
}

/** A shim can die between the birth of a worker and the news of it: then only the worker itself says what it is. */
const untoldProcesses = ({ home }: God, key: string): ProcessIdentity[] =>
  bornWith(WORKER_MARK, [`PM_HOME=${home.path}`]).filter(({ mark }) => mark === key);

/** A cluster worker may finish its requests; a fork-mode one holds what its successor needs (port, lock, file). */
export function endOrphan(
  god: God,
  { app, record }: Instance,
  key: string,
  { pid, startTicks }: ProcessIdentity,
): void {
  const { execMode, drainTimeoutMs, killTimeoutMs } = app.record.spec;
  const mayFinish = execMode === 'cluster';
  const isEnd = god.ending || record.desired === 'stopped' || record.desired === 'deleted';
  const patienceMs = isEnd ? Math.min(drainTimeoutMs, killTimeoutMs) : drainTimeoutMs;
  const afterMs = mayFinish ? patienceMs : 0;
  const instanceId = record.id;
  const process = { pid, startTicks };
  record.orphans = [...record.orphans.filter((one) => one.key !== key), { key, process }];
  god.act({
    kind: 'end-orphan',
    instanceId,
    key,
    process,
    afterMs,
    killAfterMs: killTimeoutMs,
    holdsPlace: !mayFinish,
  });
}

/** Who ends an app waits for what its lost shim has left, and no longer than for any other worker (effects/ladder.ts). */
export function hurryOrphans(god: God, instance: Instance): void {
  // Those of fork-mode are being ended already.
  if (instance.app.record.spec.execMode !== 'cluster') return;
  for (const { key, process } of instance.record.orphans) endOrphan(god, instance, key, process);
}

/** It is gone, or nothing can end it. */
export function onOrphanEnded(god: God, instanceId: number, key: string): void {
  const instance = god.world.instances.get(instanceId);
  if (instance === undefined) return;
  const { record } = instance;
  record.orphans = record.orphans.filter((one) => one.key !== key);
  god.store.saveLater();
  settle(god, instance);
}
