import { pmError, toWire, type WireError } from '../errors';
import type { OperationOutcome, OperationStep } from '../protocol/control';
import { isError, type AttemptFailure } from './loop/rollouts';
import { labelOf, type Instance } from './world';

/** What one instance has to reach. `online` also ends with a first attempt that has failed. */
export type Goal = 'online' | 'stopped' | 'gone';

/** What a command that takes a while is waiting for, and what it has told so far. */
export interface Operation {
  readonly id: string;
  readonly what: string;
  readonly instanceIds: readonly number[];
  readonly goals: Map<number, Goal>;
  /** App ids of rollouts. */
  readonly rollouts: Set<string>;
  readonly steps: OperationStep[];
  readonly warnings: string[];
  error: WireError | null;
  outcome: OperationOutcome | null;
  readonly listeners: Set<() => void>;
}

export interface NewOperation {
  /** `The start of api`: for whoever it is overtaken by. */
  readonly what: string;
  readonly instanceIds: readonly number[];
  readonly goals: ReadonlyMap<number, Goal>;
  readonly rollouts: readonly string[];
  readonly warnings: readonly string[];
  readonly deadlineMs: number;
}

export interface OperationAnswer {
  readonly steps: OperationStep[];
  readonly outcome: OperationOutcome | null;
}

export const makeOperation = (id: string, given: NewOperation): Operation => ({
  id,
  what: given.what,
  instanceIds: given.instanceIds,
  goals: new Map(given.goals),
  rollouts: new Set(given.rollouts),
  steps: [],
  warnings: [...given.warnings],
  error: null,
  outcome: null,
  listeners: new Set(),
});

/** Steps after that index, and the outcome; waits up to waitMs for either. */
export async function pollOperation(
  operation: Operation,
  afterStep: number,
  waitMs: number,
): Promise<OperationAnswer> {
  const answer = (): OperationAnswer => ({
    steps: operation.steps.filter(({ index }) => index > afterStep),
    outcome: operation.outcome,
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

export function followState(operation: Operation, instance: Instance): void {
  const { state, record } = instance;
  if (!operation.instanceIds.includes(record.id)) return;
  addStep(operation, instance, `${state.name} (${state.reason})`);
  const goal = operation.goals.get(record.id);
  if (goal === undefined || !isReached(goal, instance)) return;
  operation.goals.delete(record.id);
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
  const { id } = instance.record;
  if (!operation.instanceIds.includes(id)) return;
  addStep(operation, instance, failure.why);
  const isGoal = operation.goals.get(id) === 'online';
  // The end of a reload says this itself, as its error.
  const isRestart =
    operation.rollouts.has(instance.app.record.id) && instance.app.rollout?.plan.kind === 'restart';
  if (!isGoal && !isRestart) return;
  // A job that ends with 0 has done what it was started for.
  if (failure.cause !== 'exit') operation.warnings.push(`${labelOf(instance)} ${failure.why}`);
  if (!isGoal) return;
  if (isError(failure)) {
    const { why, stderr } = failure;
    operation.error ??= toWire(pmError('START_FAILED', { instance: labelOf(instance), why, stderr }));
  }
  operation.goals.delete(id);
  endIfDone(operation);
}

function addStep(operation: Operation, instance: Instance, text: string): void {
  const index = operation.steps.length + 1;
  operation.steps.push({ index, instanceId: instance.record.id, label: labelOf(instance), text });
  tell(operation);
}

export function endIfDone(operation: Operation): void {
  if (operation.outcome !== null || operation.goals.size > 0 || operation.rollouts.size > 0) return;
  const { error, instanceIds, warnings } = operation;
  operation.outcome = { error, instanceIds, warnings };
  tell(operation);
}

function tell(operation: Operation): void {
  for (const listener of [...operation.listeners]) listener();
}

/** Nothing waits for ever: past its budget an operation ends with what it was still waiting for. */
export function limitLateness(operation: Operation, deadlineMs: number): void {
  const timer = setTimeout(() => {
    if (operation.outcome !== null) return;
    const left = [...operation.goals].map(([id, goal]) => `instance ${id} is not ${goal}`);
    const why = `${operation.what} has not ended within ${Math.round(deadlineMs / 1000)} s: ${left.join(', ') || 'the rollout goes on'}`;
    operation.error ??= toWire(pmError('INTERNAL', { why }));
    operation.goals.clear();
    operation.rollouts.clear();
    endIfDone(operation);
  }, deadlineMs);
  timer.unref();
}
