import { pmError, toWire, type PmError } from '../../errors';
import type { OperationStarted } from '../../protocol/control';
import { isAtRest } from '../core/lifecycle';
import type { Undo } from '../loop/undo';
import type { AttemptFailure } from '../policy/rollout';
import {
  dropGoal,
  endIfDone,
  followFailure,
  followLateness,
  followState,
  isReached,
  limitLateness,
  makeOperation,
  pollOperation,
  type Operation,
  type OperationAnswer,
} from './operation';
import type { Goal, OperationRecord } from '../store/records';
import { labelOf, type Instance, type World } from '../core/world';

export interface NewOperation {
  /** `The start of api`: for whoever it is overtaken by. */
  readonly what: string;
  /** The client's own name for it; null: nobody will ask again. */
  readonly request?: string | null;
  readonly started?: readonly string[];
  readonly restarted?: readonly string[];
  readonly instanceIds: readonly number[];
  readonly goals: readonly (readonly [instanceId: number, goal: Goal])[];
  /** Ids of apps. */
  readonly rollouts: readonly string[];
  readonly warnings: readonly string[];
  readonly deadlineMs: number;
  /** It is not satisfied with less than the proof. */
  readonly isPatient?: boolean;
  /** It ends with this God, so no other is to hear of it. */
  readonly isOwn?: true;
}

export interface Operations {
  /** Enters an operation into the records. Call {@link Operations.checkAll} once its instances have been told. */
  begin(operation: NewOperation, undo?: Undo[]): string;
  /** What a request that was made before was answered with. */
  ofRequest(request: string): OperationStarted | null;
  stateChanged(instance: Instance): void;
  attemptFailed(instance: Instance, failure: AttemptFailure): void;
  /** It is not proven in time, and goes on. */
  attemptLate(instance: Instance, reason: string): void;
  isPatient(operationId: string): boolean;
  /** Told to whoever waits for that instance. */
  warn(instance: Instance, text: string): void;
  removed(instanceId: number): void;
  rolloutEnded(operationId: string, appId: string, error: PmError | null): void;
  /** A newer command wants this of these instances: older ones that want something else of them are over. */
  overtake(wanted: ReadonlyMap<number, Goal>): void;
  /** Ends those with nothing left to wait for, for instance because everything was so already. */
  checkAll(stateOf: (instanceId: number) => Instance | undefined): void;
  /** After adoption: what a God before this one had begun goes on, or has ended meanwhile. */
  resume(world: World): void;
  /** Steps after that index, and the outcome; waits up to waitMs for either. @throws PmError OPERATION_UNKNOWN */
  poll(id: string, afterStep: number, waitMs: number): Promise<OperationAnswer>;
}

export interface OperationsOptions {
  /** Where they are kept; God's state. */
  readonly records: OperationRecord[];
  /** Which God: ids must not repeat. */
  readonly god: number;
  readonly nowMs: () => number;
}

/** Outcomes are kept for CLIs that were slow to ask, and for requests that are made again; some KB in state.json. */
const KEPT_OPERATIONS = 20;
/** Steps that were told but not counted in the last state.json: new ones must have higher numbers. */
const STEPS_BETWEEN_GODS = 1000;

export function makeOperations({ records, god, nowMs }: OperationsOptions): Operations {
  const operations = new Map<string, Operation>(records.map((record) => [record.id, makeOperation(record)]));
  const open = (): Operation[] => [...operations.values()].filter(({ record }) => !record.isOver);
  let begun = 0;

  const forgetOldest = (): void => {
    const over = records.filter(({ isOver }) => isOver);
    for (const record of over.slice(0, Math.max(0, records.length - KEPT_OPERATIONS)))
      remove(operations, records, record);
  };

  return {
    begin: (given, undo = []) => {
      const record = newRecord(`${god}-${++begun}`, given, nowMs());
      const operation = makeOperation(record);
      operations.set(record.id, operation);
      if (given.isOwn !== true) records.push(record);
      undo.push(() => remove(operations, records, record));
      limitLateness(operation, given.deadlineMs);
      forgetOldest();
      return record.id;
    },
    ofRequest: (request) => {
      const known = records.find((record) => record.request === request);
      if (known === undefined) return null;
      const { id, started, restarted } = known;
      return { operationId: id, started, restarted };
    },
    stateChanged: (instance) => {
      for (const operation of open()) followState(operation, instance);
    },
    attemptFailed: (instance, failure) => {
      for (const operation of open()) followFailure(operation, instance, failure);
    },
    attemptLate: (instance, reason) => {
      for (const operation of open()) followLateness(operation, instance, reason);
    },
    isPatient: (operationId) => operations.get(operationId)?.record.isPatient === true,
    warn: (instance, text) => warnWhoWaits(open(), instance, text),
    removed: (instanceId) => {
      for (const operation of open()) {
        const before = operation.record.goals.length;
        dropGoal(operation, instanceId);
        if (operation.record.goals.length < before) endIfDone(operation);
      }
    },
    rolloutEnded: (operationId, appId, error) => {
      const operation = operations.get(operationId);
      if (operation !== undefined) endRollout(operation, appId, error);
    },
    overtake: (wanted) => {
      for (const operation of open()) giveWay(operation, wanted);
    },
    checkAll: (stateOf) => {
      for (const operation of open()) checkOne(operation, stateOf);
    },
    resume: (world) => {
      for (const operation of open()) {
        resumeOvertaken(operation, world, records);
        failWhereOver(operation, world);
        checkOne(operation, (id) => world.instances.get(id));
        operation.record.stepCount += STEPS_BETWEEN_GODS;
        limitLateness(operation, operation.record.untilMs - nowMs());
      }
    },
    poll: async (id, afterStep, waitMs) => {
      const operation = operations.get(id);
      if (operation === undefined) throw pmError('OPERATION_UNKNOWN');
      return pollOperation(operation, afterStep, waitMs);
    },
  };
}

function remove(
  operations: Map<string, Operation>,
  records: OperationRecord[],
  record: OperationRecord,
): void {
  operations.delete(record.id);
  const at = records.indexOf(record);
  if (at >= 0) records.splice(at, 1);
}

function warnWhoWaits(open: readonly Operation[], instance: Instance, text: string): void {
  for (const { record } of open)
    if (record.instanceIds.includes(instance.record.id))
      record.warnings.push(`${labelOf(instance)}: ${text}`);
}

const newRecord = (id: string, given: NewOperation, nowMs: number): OperationRecord => ({
  id,
  request: given.request ?? null,
  what: given.what,
  started: given.started ?? [],
  restarted: given.restarted ?? [],
  instanceIds: given.instanceIds,
  untilMs: nowMs + given.deadlineMs,
  warnings: [...given.warnings],
  goals: given.goals,
  rollouts: given.rollouts,
  error: null,
  isPatient: given.isPatient === true,
  isOver: false,
  stepCount: 0,
});

function endRollout(operation: Operation, appId: string, error: PmError | null): void {
  const { record } = operation;
  if (record.isOver) return;
  record.rollouts = record.rollouts.filter((id) => id !== appId);
  if (error !== null) record.error ??= toWire(error);
  endIfDone(operation);
}

function giveWay(operation: Operation, wanted: ReadonlyMap<number, Goal>): void {
  const { record } = operation;
  const kept = record.goals.filter(([id, goal]) => (wanted.get(id) ?? goal) === goal);
  if (kept.length === record.goals.length) return;
  record.goals = kept;
  record.error ??= toWire(pmError('SUPERSEDED', { what: record.what }));
  endIfDone(operation);
}

function checkOne(operation: Operation, stateOf: (instanceId: number) => Instance | undefined): void {
  for (const [id, goal] of operation.record.goals) {
    const instance = stateOf(id);
    if (instance === undefined || isReached(goal, instance)) dropGoal(operation, id);
  }
  endIfDone(operation);
}

/** What a command has still to reach: of the instances that it renews, and of the others. */
const wantedBy = ({ goals, instanceIds, rollouts }: OperationRecord): ReadonlyMap<number, Goal> =>
  new Map([
    ...(rollouts.length === 0 ? [] : instanceIds).map((id): [number, Goal] => [id, 'online']),
    ...goals,
  ]);

/** The God before may have died before he had told older ones of a newer one. */
function resumeOvertaken(operation: Operation, world: World, records: readonly OperationRecord[]): void {
  const newer = records.slice(records.indexOf(operation.record) + 1);
  for (const record of newer) giveWay(operation, wantedBy(record));
  resumeRollouts(operation, world, newer);
}

/** Rollouts that have ended with the God before: only their outcome had not been written yet. */
function resumeRollouts({ record }: Operation, world: World, newer: readonly OperationRecord[]): void {
  const isOvertaken = newer.some(({ instanceIds }) =>
    instanceIds.some((id) => record.instanceIds.includes(id)),
  );
  record.rollouts = record.rollouts.filter((appId) => {
    const app = world.apps.get(appId)?.record;
    if (app?.rollout?.id === record.id) return true;
    if (isOvertaken) record.error ??= toWire(pmError('SUPERSEDED', { what: record.what }));
    else if (app?.lastRolloutError != null) {
      const [instance = app.spec.name, ...why] = app.lastRolloutError.split(': ');
      const kept = 'See `pm list` for what runs now.';
      record.error ??= toWire(pmError('ROLLOUT_FAILED', { instance, why: why.join(': '), kept, stderr: [] }));
    }
    return false;
  });
}

/** An instance that was to be online and has come to rest meanwhile will not get there by itself. */
function failWhereOver(operation: Operation, world: World): void {
  const { record } = operation;
  for (const [id, goal] of record.goals) {
    const instance = world.instances.get(id);
    if (goal !== 'online' || instance === undefined || !isAtRest(instance.state)) continue;
    const error = pmError('START_FAILED', {
      instance: labelOf(instance),
      why: instance.state.reason,
      stderr: instance.record.exits.at(-1)?.stderrTail ?? [],
    });
    record.error ??= toWire(error);
    dropGoal(operation, id);
  }
}
