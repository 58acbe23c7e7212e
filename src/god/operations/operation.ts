import { pmError, toWire } from '../../errors';
import type { OperationOutcome, OperationStep } from '../../protocol/control';
import type { AttemptFailure } from '../policy/rollout';
import { isError } from '../policy/rollout';
import type { Goal, OperationRecord } from '../store/records';
import { labelOf, type Instance } from '../core/world';

/** What a command that takes a while is waiting for (its record), and what this God has told of it so far. */
export interface Operation {
  readonly record: OperationRecord;
  readonly steps: OperationStep[];
  readonly listeners: Set<() => void>;
}

export interface OperationAnswer {
  readonly steps: OperationStep[];
  readonly outcome: OperationOutcome | null;
}

export const makeOperation = (record: OperationRecord): Operation => ({
  record,
  steps: [],
  listeners: new Set(),
});

export function outcomeOf({
  isOver,
  error,
  instanceIds,
  warnings,
}: OperationRecord): OperationOutcome | null {
  return isOver ? { error, instanceIds, warnings } : null;
}

/** Steps after that index, and the outcome; waits up to waitMs for either. */
export async function pollOperation(
  operation: Operation,
  afterStep: number,
  waitMs: number,
): Promise<OperationAnswer> {
  const answer = (): OperationAnswer => ({
    steps: operation.steps.filter(({ index }) => index > afterStep),
    outcome: outcomeOf(operation.record),
  });
  const now = answer();
  if (now.steps.length > 0 || now.outcome !== null) return now;
  await nextChange(operation, waitMs);
  return answer();
}

function nextChange(operation: Operation, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      operation.listeners.delete(end);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    operation.listeners.add(end);
  });
}

export function dropGoal({ record }: Operation, instanceId: number): void {
  record.goals = record.goals.filter(([id]) => id !== instanceId);
}

const goalOf = ({ record }: Operation, instanceId: number): Goal | undefined =>
  record.goals.find(([id]) => id === instanceId)?.[1];

export function followState(operation: Operation, instance: Instance): void {
  const { state, record } = instance;
  if (!operation.record.instanceIds.includes(record.id)) return;
  addStep(operation, instance, `${state.name} (${state.reason})`);
  const goal = goalOf(operation, record.id);
  if (goal === undefined || !isReached(goal, instance)) return;
  dropGoal(operation, record.id);
  endIfDone(operation);
}

export function isReached(goal: Goal, { state }: Instance): boolean {
  switch (goal) {
    case 'online':
      return state.name === 'online' || state.name === 'replacing';
    case 'stopped':
      return state.name === 'stopped';
    case 'gone':
      return false;
  }
}

export function followFailure(operation: Operation, instance: Instance, failure: AttemptFailure): void {
  const { record } = operation;
  const { id } = instance.record;
  if (!record.instanceIds.includes(id)) return;
  addStep(operation, instance, failure.why);
  const isGoal = goalOf(operation, id) === 'online';
  // The end of a reload says this itself, as its error.
  const isRestart =
    record.rollouts.includes(instance.app.record.id) && instance.app.rollout?.plan.kind === 'restart';
  if (!isGoal && !isRestart) return;
  // A job that ends with 0 has done what it was started for.
  if (failure.cause !== 'exit') record.warnings.push(`${labelOf(instance)} ${failure.why}`);
  if (!isGoal) return;
  if (isError(failure)) {
    const { why, stderr } = failure;
    record.error ??= toWire(pmError('START_FAILED', { instance: labelOf(instance), why, stderr }));
  }
  dropGoal(operation, id);
  endIfDone(operation);
}

/** No failure: it may be slow. Who asked for the proof goes on waiting. */
export function followLateness(operation: Operation, instance: Instance, reason: string): void {
  const { record } = operation;
  const { id } = instance.record;
  if (record.isPatient || !record.instanceIds.includes(id)) return;
  record.warnings.push(
    `Not proven yet: ${labelOf(instance)}: ${reason}. It goes on launching; \`pm why ${instance.app.record.spec.name}\``,
  );
  if (goalOf(operation, id) !== 'online') return;
  dropGoal(operation, id);
  endIfDone(operation);
}

function addStep(operation: Operation, instance: Instance, text: string): void {
  const index = ++operation.record.stepCount;
  operation.steps.push({ index, instanceId: instance.record.id, label: labelOf(instance), text });
  tell(operation);
}

export function endIfDone(operation: Operation): void {
  const { record } = operation;
  if (record.isOver || record.goals.length > 0 || record.rollouts.length > 0) return;
  record.isOver = true;
  tell(operation);
}

function tell(operation: Operation): void {
  for (const listener of [...operation.listeners]) listener();
}

/** Nothing waits for ever: past its budget an operation ends with what it was still waiting for. */
export function limitLateness(operation: Operation, deadlineMs: number): void {
  const { record } = operation;
  const timer = setTimeout(
    () => {
      if (record.isOver) return;
      const left = record.goals.map(([id, goal]) => `instance ${id} is not ${goal}`);
      const why = `${record.what} has not ended in time: ${left.join(', ') || 'the rollout goes on'}`;
      record.error ??= toWire(
        record.isPatient ? pmError('NOT_PROVEN', { what: record.what }) : pmError('INTERNAL', { why }),
      );
      record.goals = [];
      record.rollouts = [];
      endIfDone(operation);
    },
    Math.min(Math.max(0, deadlineMs), LONGEST_TIMER_MS),
  );
  timer.unref();
}

/** setTimeout fires at once for anything longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
