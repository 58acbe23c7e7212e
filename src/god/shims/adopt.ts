import { readdirSync } from 'node:fs';
import { reasonOf } from '../../errors';
import type { ShimEvent, WorkerReport } from '../../protocol/shim';
import type { God } from '../god';
import { adoptInstance, parseKey, type FoundWorker } from '../policy/adopt';
import { decideReady } from '../policy/ready';
import { retire, setState, settle, writePidFile } from '../loop/instance';
import { beginRollout } from '../loop/rollouts';
import { lookAt } from '../loop/worker-events';
import { recoverInstance } from '../store/recover';
import { addApp, addInstance, allInstances, type Instance, type Worker } from '../world';
import { CALL_DEADLINE_MS, connectShim, findShim, type ShimHandle } from './handle';
import { progressOf } from './pump';

/** A shim as this God found it. */
interface FoundShim {
  readonly handle: ShimHandle;
  readonly workers: readonly WorkerReport[];
  /** What it has told to no God yet. */
  readonly untold: readonly ShimEvent[];
}

/** Connects to every shim that lives; the records of dead ones are removed. */
export async function findShims(god: God): Promise<FoundShim[]> {
  const ids = readdirSync(god.home.shimsDir);
  const found = await Promise.all(ids.map((id) => inspectShim(god, id)));
  return found.filter((shim) => shim !== null);
}

async function inspectShim(god: God, id: string): Promise<FoundShim | null> {
  const record = findShim(god.home, id);
  if (record === null) {
    god.log(`shim ${id} is gone; what it left is removed`);
    return null;
  }
  try {
    const handle = await connectShim(god.home, id, god.settings.version);
    const { workers } = await handle.client.call('snapshot', {}, { deadlineMs: CALL_DEADLINE_MS });
    const ack = progressOf(god.store, handle).seq;
    const { events } = await handle.client.call(
      'events',
      { ack, waitMs: 0 },
      { deadlineMs: CALL_DEADLINE_MS },
    );
    god.log(`shim ${id} (pid ${handle.record.process.pid}) adopted with ${workers.length} workers`);
    return { handle, workers, untold: events.filter(({ seq }) => seq > ack) };
  } catch (error) {
    god.log(`shim ${id} (pid ${record.process.pid}) lives but cannot be adopted: ${reasonOf(error)}`);
    return null;
  }
}

/**
 * Makes God's picture of what runs out of what the shims have, then lets every instance go on from there. Where
 * nothing changed while no God was there this starts, stops and writes nothing.
 *
 * @param mayRecover state.json could not be read as it was: workers it does not name are kept, not ended
 */
export function adopt(god: God, shims: readonly FoundShim[], mayRecover: boolean): void {
  if (mayRecover) for (const shim of shims) recoverUnknown(god, shim);
  const ends = shims.flatMap((shim) =>
    shim.untold.filter(({ type }) => type === 'exited' || type === 'spawn-failed'),
  );
  for (const shim of shims) for (const report of shim.workers) takeWorker(god, shim, report);
  for (const instance of allInstances(god.world)) adoptOne(god, instance, shims, ends);
  // Only now: these events are about states that had to be there first.
  for (const { handle, untold } of shims) god.shims.follow(handle, untold);
  for (const instance of allInstances(god.world)) settle(god, instance);
  for (const app of [...god.world.apps.values()]) {
    const { rollout } = app.record;
    if (rollout === null) continue;
    const pending = rollout.pending.filter((id) => god.world.instances.has(id));
    god.log(`${rollout.kind} of ${app.record.spec.name} goes on with ${pending.length} instances`);
    beginRollout(god, app, rollout.kind, pending, rollout.previousSpec);
  }
}

function takeWorker(god: God, { handle }: FoundShim, report: WorkerReport): void {
  const id = parseKey(report.key)?.instanceId;
  const worker: Worker = {
    key: report.key,
    instanceId: id ?? report.instanceId,
    shimId: handle.id,
    sent: true,
    process: report.process,
    startedAtMs: report.startedAtMs,
    startedTickMs: god.clock.tickMs() - Math.max(0, god.clock.nowMs() - report.startedAtMs),
    listening: report.listening,
    readySent: report.readySent,
    listenError: null,
    predecessor: null,
  };
  god.world.workers.set(worker.key, worker);
  if (god.world.instances.has(worker.instanceId)) return;
  god.log(
    `worker ${report.key} (pid ${report.process.pid}) of shim ${handle.id} belongs to no app and is ended`,
  );
  const ladder = { drainMs: 0, signal: god.settings.killSignal, killAfterMs: 1600, tree: true };
  void handle.client
    .call('retire', { key: report.key, ladder }, { deadlineMs: CALL_DEADLINE_MS })
    .catch((error: unknown) => god.log(`worker ${report.key} could not be ended: ${reasonOf(error)}`));
  god.world.workers.delete(worker.key);
}

function adoptOne(
  god: God,
  instance: Instance,
  shims: readonly FoundShim[],
  ends: readonly ShimEvent[],
): void {
  const { record } = instance;
  const reports = shims
    .flatMap(({ workers }) => workers)
    .filter(({ key }) => parseKey(key)?.instanceId === record.id);
  const endedKeys = ends.map(({ key }) => key).filter((key) => parseKey(key)?.instanceId === record.id);
  const found: FoundWorker[] = reports.map((report) => ({
    key: report.key,
    admitted: report.admitted,
    retiring: report.retiring,
    proof: proofOf(god, instance, report),
  }));
  // A God may have died between a start and the writing of its number.
  const incarnations = [...found.map(({ key }) => key), ...endedKeys].map(
    (key) => parseKey(key)?.incarnation ?? 0,
  );
  record.incarnation = Math.max(record.incarnation, ...incarnations);
  const alive = new Set(found.map(({ key }) => key));
  record.retiring = record.retiring.filter(({ key }) => alive.has(key) || endedKeys.includes(key));
  const adoption = adoptInstance({
    desired: record.desired,
    errored: record.errored,
    restReason: record.restReason,
    waiting: record.waiting,
    retiring: record.retiring,
    found,
    untoldEnds: endedKeys.filter((key) => !alive.has(key)),
  });
  for (const key of endedKeys) if (!alive.has(key)) takeEnded(god, instance, key, shims);
  enter(god, instance, adoption.state);
  for (const { key, cause, alreadyTold } of adoption.retiring) {
    if (!alreadyTold) retire(god, instance, key, cause);
    else if (!record.retiring.some((worker) => worker.key === key)) {
      record.retiring = [...record.retiring, { key, cause }];
    }
  }
  const { state } = instance;
  if (state.name === 'stopping' && !reports.some(({ key, retiring }) => key === state.key && retiring)) {
    retire(god, instance, state.key, state.cause);
  }
}

/** Why the God before took it for online: a new God must not change what `describe` says. */
function proofOf(god: God, { app }: Instance, report: WorkerReport): string | undefined {
  const { readySent, listening, startedAtMs } = report;
  const aliveMs = god.clock.nowMs() - startedAtMs;
  const facts = { readySent, listening, aliveMs, predecessor: null, listenError: null };
  const readiness = decideReady({ spec: app.record.spec, ...facts });
  return readiness.kind === 'proven' ? readiness.reason : undefined;
}

/** A worker that ended while no God was there: as far as needed for its end to be handled like any other. */
function takeEnded(god: God, instance: Instance, key: string, shims: readonly FoundShim[]): void {
  const shim = shims.find(({ untold }) => untold.some((event) => event.key === key));
  if (shim === undefined || god.world.workers.has(key)) return;
  god.world.workers.set(key, {
    key,
    instanceId: instance.record.id,
    shimId: shim.handle.id,
    sent: true,
    process: null,
    startedAtMs: null,
    startedTickMs: null,
    listening: [],
    readySent: false,
    listenError: null,
    predecessor: null,
  });
}

function enter(god: God, instance: Instance, state: Instance['state']): void {
  if (state.name === 'stopped' && instance.record.desired !== 'running') instance.state = state;
  else setState(god, instance, state);
  if (state.name === 'waiting')
    god.act({ kind: 'wait', instanceId: instance.record.id, untilMs: state.untilMs });
  if (!('key' in state)) return;
  const worker = god.world.workers.get(state.key);
  if (worker === undefined) return;
  if (state.name === 'online') instance.habits = worker.listening;
  writePidFile(god, instance, state.key);
  if (state.name === 'launching') lookAt(god, instance, worker);
}

function recoverUnknown(god: God, { handle, workers }: FoundShim): void {
  for (const report of workers) {
    const id = parseKey(report.key)?.instanceId;
    if (id === undefined || god.world.instances.has(id)) continue;
    const { app, instance } = recoverInstance(god.store.state, handle.record, report, god.clock.nowMs());
    const known = god.world.apps.get(app.id);
    if (known === undefined) addApp(god.world, app);
    else addInstance(god.world, known, instance);
    god.log(
      `${app.spec.name}#${id} was not in the state that could be read: kept as it runs (pid ${report.process.pid})`,
    );
  }
}
