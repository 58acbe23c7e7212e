import { reasonOf } from '../../errors';
import type { ShimEvent, WorkerReport } from '../../protocol/shim';
import { pidPathOf } from '../../logs/names';
import type { God } from '../core/god';
import { adoptInstance, parseKey, type AdoptionFacts, type FoundWorker } from '../policy/adopt';
import { placeApp } from '../policy/placement';
import { decideReady } from '../policy/ready';
import { longestDelayMs } from '../policy/restart';
import { dismissUnplacedShims, retire, setState, settle, writePidFile } from '../loop/instance';
import { beginRollout } from '../loop/rollouts';
import { loseWorker, lookAt } from '../loop/worker-events';
import { specOfGeneration } from '../store/generations';
import type { ProcessRecord, RolloutRecord } from '../store/records';
import { allInstances, type Instance, type Worker } from '../core/world';
import { untilItAnswers, type FoundShim, type FoundShims } from './find';
import { CALL_DEADLINE_MS, type LivingShim } from '../shims/handle';
import { endOrphansOf, endStrays, ownedProcess } from './left-behind';
import { recoverUnknown } from './recover-unknown';

/**
 * Makes God's picture of what runs out of what the shims have, then lets every instance go on from there. Where
 * nothing changed while no God was there this starts, stops and writes nothing.
 *
 * @param mayRecover state.json could not be read as it was: workers it does not name are kept, not ended
 */
export function adopt(god: God, found: FoundShims, mayRecover: boolean): void {
  const { answering, silent } = found;
  if (mayRecover) for (const shim of answering) recoverUnknown(god, shim);
  const waiting = new Set<Instance>();
  for (const shim of silent) for (const instance of awaitShim(god, shim)) waiting.add(instance);
  const ready = allInstances(god.world).filter((instance) => !waiting.has(instance));
  if (found.isAnyLost) endStrays(god, found);
  adoptInstances(god, answering, ready);
  god.operations.resume(god.world);
  dismissUnplacedShims(god);
}

/**
 * What a silent shim runs is not known, so its instances get no second worker: they wait until it answers or is dead.
 */
function awaitShim(god: God, shim: LivingShim): Instance[] {
  const { id, process } = shim;
  const isPlacedThere = ({ app }: Instance): boolean =>
    placeApp(app.record, god.settings.nodePath).shimId === id;
  const instances = allInstances(god.world).filter(isPlacedThere);
  god.shims.setSilent(id, true);
  const reason = `its shim (pid ${process.pid}) does not answer`;
  for (const instance of instances) setState(god, instance, { name: 'unreachable', reason });
  void untilItAnswers(god, shim).then((found) => {
    const run = (): void => {
      if (god.ending) return;
      god.log(`shim ${id} (pid ${process.pid}) ${found === null ? 'is dead' : 'answers again'}`);
      god.shims.setSilent(id, false);
      const still = allInstances(god.world).filter(
        (instance) => instance.state.name === 'unreachable' && isPlacedThere(instance),
      );
      adoptInstances(god, found === null ? [] : [found], still);
      god.operations.checkAll((instanceId) => god.world.instances.get(instanceId));
      dismissUnplacedShims(god);
    };
    god.enqueue({ type: 'command', run });
  });
  return instances;
}

function adoptInstances(god: God, shims: readonly FoundShim[], instances: readonly Instance[]): void {
  const ends = shims.flatMap((shim) =>
    shim.untold.filter(({ type }) => type === 'exited' || type === 'spawn-failed'),
  );
  // First: whoever is started waits for them.
  for (const instance of instances) endOrphansOf(god, instance);
  for (const shim of shims) for (const report of shim.workers) takeWorker(god, shim, report, instances);
  const lost = instances.flatMap((instance) => adoptOne(god, instance, shims, ends));
  // Only now: these events are about states that had to be there first.
  for (const { handle, untold } of shims) god.shims.follow(handle, untold);
  for (const worker of lost) loseWorker(god, worker, 'its shim died while no God was there');
  for (const instance of instances) settle(god, instance);
  for (const app of new Set(instances.map((instance) => instance.app))) {
    const { rollout } = app.record;
    if (rollout === null || app.rollout !== null) continue;
    god.log(`${rollout.kind} of ${app.record.spec.name} goes on with ${rollout.pending.length} instances`);
    beginRollout(god, app, rollout);
  }
}

export function takeWorker(
  god: God,
  { handle }: FoundShim,
  report: WorkerReport,
  instances: readonly Instance[],
): void {
  const instanceId = parseKey(report.key)?.instanceId ?? report.instanceId;
  const owner = instances.find(({ record }) => record.id === instanceId);
  const worker: Worker = {
    key: report.key,
    instanceId,
    generation: owner === undefined ? 1 : generationOfKey(owner, report.key),
    shimId: handle.id,
    sent: true,
    process: report.process,
    startedAtMs: report.startedAtMs,
    startedTickMs: tickOf(god, report.startedAtMs),
    runningTickMs: runningTickOf(god, report),
    tookMs: null,
    late: null,
    listening: report.listening,
    readySent: report.readySent,
    listenError: null,
    predecessor: null,
  };
  if (owner !== undefined) {
    god.world.workers.set(worker.key, worker);
    return;
  }
  god.log(
    `worker ${report.key} (pid ${report.process.pid}) of shim ${handle.id} belongs to no app and is ended`,
  );
  const ladder = { drainMs: 0, signal: god.settings.killSignal, killAfterMs: 1600, tree: true };
  void handle.client
    .call('retire', { key: report.key, ladder }, { deadlineMs: CALL_DEADLINE_MS })
    .catch((error: unknown) => god.log(`worker ${report.key} could not be ended: ${reasonOf(error)}`));
}

/** Gives the workers of it that have died together with their shim. */
export function adoptOne(
  god: God,
  instance: Instance,
  shims: readonly FoundShim[],
  ends: readonly ShimEvent[],
): Worker[] {
  const { record } = instance;
  const isOwn = ({ key }: { readonly key: string }): boolean => parseKey(key)?.instanceId === record.id;
  const reports = shims.flatMap(({ workers }) => workers).filter(isOwn);
  const found = reports.map((report): FoundWorker => {
    const { key, admitted, retiring } = report;
    return { key, admitted, retiring, proof: proofOf(god, instance, report) };
  });
  const alive = new Set(found.map(({ key }) => key));
  const endedKeys = ends.filter((event) => isOwn(event) && !alive.has(event.key)).map(({ key }) => key);
  const lost = record.processes.filter(({ key }) => !alive.has(key) && !endedKeys.includes(key));
  const goneKeys = [...endedKeys, ...lost.map(({ key }) => key)];
  // A God may have died between a start and the writing of its number.
  const incarnations = [...alive, ...goneKeys].map((key) => parseKey(key)?.incarnation ?? 0);
  record.incarnation = Math.max(record.incarnation, ...incarnations);
  record.retiring = record.retiring.filter(({ key }) => alive.has(key) || goneKeys.includes(key));
  record.processes = [...reports.map((report) => processOf(instance, report)), ...lost];
  const { desired, errored, restReason, waiting, retiring } = record;
  const latestStartMs = god.clock.nowMs() + longestDelayMs(instance.app.record.spec);
  const facts = {
    desired,
    errored,
    restReason,
    waiting,
    latestStartMs,
    retiring,
    found,
    untoldEnds: goneKeys,
    ...candidatesIn(instance, reports),
  };
  const adoption = adoptInstance(facts);
  for (const key of endedKeys) takeGone(god, instance, key, null);
  const lostWorkers = lost.map((known) => takeGone(god, instance, known.key, known));
  enter(god, instance, adoption.state);
  for (const { key, cause, alreadyTold } of adoption.retiring) {
    if (!alreadyTold) retire(god, instance, key, cause);
    else if (!record.retiring.some((worker) => worker.key === key)) {
      record.retiring = [...record.retiring, { key, cause }];
    }
  }
  const { state } = instance;
  if (
    state.name === 'stopping' &&
    !reports.some(({ key, retiring: isTold }) => key === state.key && isTold)
  ) {
    retire(god, instance, state.key, state.cause);
  }
  return lostWorkers;
}

/**
 * Of an atomic reload: before the switch was decided its candidates have proven nothing that still counts, and are started
 * anew; afterwards they take over.
 */
function candidatesIn(
  { app, record }: Instance,
  reports: readonly WorkerReport[],
): Pick<AdoptionFacts, 'successor' | 'unwanted'> {
  const { rollout } = app.record;
  if (rollout?.mode !== 'atomic') return { successor: null, unwanted: [] };
  if (rollout.switching !== null) return { successor: rollout.switching[record.id] ?? null, unwanted: [] };
  const isUnproven = ({ key, admitted }: WorkerReport): boolean => !admitted && isCandidate(rollout, key);
  return { successor: null, unwanted: reports.filter(isUnproven).map(({ key }) => key) };
}

/** What is to be kept of a running worker; its proof is known only to who saw it. */
function processOf(instance: Instance, { key, process, startedAtMs }: WorkerReport): ProcessRecord {
  const known = instance.record.processes.find((one) => one.key === key);
  const { proof = null, tookMs = null } = known ?? {};
  return { key, process, startedAtMs, proof, tookMs, generation: generationOfKey(instance, key) };
}

/** As it was noted when the worker started; one that was started just before God died is of what was on its way then. */
function generationOfKey({ record, app }: Instance, key: string): number {
  const known = record.processes.find((process) => process.key === key)?.generation;
  if (known !== undefined) return known;
  return isCandidate(app.record.rollout, key)
    ? (app.record.rollout?.next?.number ?? record.generation)
    : record.generation;
}

/** Born after the rollout had begun. */
function isCandidate(rollout: RolloutRecord | null, key: string): boolean {
  const parsed = parseKey(key);
  return (
    parsed !== null &&
    rollout !== null &&
    parsed.incarnation > (rollout.incarnations[parsed.instanceId] ?? Infinity)
  );
}

/** Why the God before took it for online: a new God must not change what `describe` says. */
function proofOf(god: God, instance: Instance, report: WorkerReport): string | undefined {
  const { app, record } = instance;
  const known = record.processes.find(({ key }) => key === report.key)?.proof;
  if (known != null) return known;
  const { readySent, listening, startedAtMs } = report;
  const aliveMs = god.clock.nowMs() - startedAtMs;
  const facts = {
    readySent,
    hasSaidReady: app.record.hasSaidReady,
    listening,
    aliveMs,
    runningMs: aliveMs,
    predecessor: null,
    listenError: null,
  };
  const spec = specOfGeneration(app.record, generationOfKey(instance, report.key));
  const readiness = decideReady({ spec, ...facts });
  return readiness.kind === 'proven' ? readiness.reason : undefined;
}

/** A worker that ended while no God was there: as far as needed for its end to be handled like any other. */
function takeGone(god: God, { record, app }: Instance, key: string, known: ProcessRecord | null): Worker {
  const startedAtMs = known?.startedAtMs ?? null;
  const worker: Worker = {
    key,
    instanceId: record.id,
    generation: known?.generation ?? record.generation,
    shimId: placeApp(app.record, god.settings.nodePath).shimId,
    sent: true,
    process: known === null ? null : ownedProcess(god, key, known.process),
    startedAtMs,
    startedTickMs: startedAtMs === null ? null : tickOf(god, startedAtMs),
    runningTickMs: null,
    tookMs: null,
    late: null,
    listening: [],
    readySent: false,
    listenError: null,
    predecessor: null,
  };
  god.world.workers.set(key, worker);
  return worker;
}

/** A shim from before SHIM_PROTOCOL 5 does not tell: then from its start. */
function runningTickOf(god: God, { runningAtMs, startedAtMs }: WorkerReport): number | null {
  if (runningAtMs === null) return null;
  return tickOf(god, runningAtMs ?? startedAtMs);
}

/** A moment of the wall clock by the monotonic one. */
const tickOf = ({ clock }: God, atMs: number): number => clock.tickMs() - Math.max(0, clock.nowMs() - atMs);

function enter(god: God, instance: Instance, state: Instance['state']): void {
  if (state.name === 'stopped' && instance.record.desired !== 'running') instance.state = state;
  else setState(god, instance, state);
  if (state.name === 'waiting')
    god.act({ kind: 'wait', instanceId: instance.record.id, untilMs: state.untilMs });
  if (!('key' in state)) {
    // The God before may have died between the end of a worker and the removal of its pid file.
    const path = pidPathOf(instance.app.record.spec, instance.record.id, god.home);
    god.act({ kind: 'remove-pid-file', path, spec: instance.app.record.spec });
    return;
  }
  const worker = god.world.workers.get(state.key);
  if (worker === undefined) return;
  const { tookMs = null } = instance.record.processes.find(({ key }) => key === state.key) ?? {};
  worker.tookMs = tookMs;
  if (state.name === 'online') {
    instance.habits = worker.listening;
    instance.tookMs = tookMs;
  }
  writePidFile(god, instance, state.key);
  if (state.name === 'launching') lookAt(god, instance, worker);
}
