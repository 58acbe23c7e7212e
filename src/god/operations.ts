import { pmError, toWire, type PmError } from '../errors';
import type { AttemptFailure } from './loop/rollouts';
import {
  endIfDone,
  followFailure,
  followState,
  isReached,
  limitLateness,
  makeOperation,
  pollOperation,
  type Goal,
  type NewOperation,
  type Operation,
  type OperationAnswer,
} from './operation';
import type { Instance } from './world';

export interface Operations {
  /** Call {@link Operations.checkAll} once its instances have been told. */
  begin(operation: NewOperation): string;
  stateChanged(instance: Instance): void;
  attemptFailed(instance: Instance, failure: AttemptFailure): void;
  removed(instanceId: number): void;
  rolloutEnded(appId: string, error: PmError | null): void;
  /** A newer command wants this of these instances: older ones that want something else of them are over. */
  overtake(wanted: ReadonlyMap<number, Goal>): void;
  /** Ends those with nothing left to wait for, for instance because everything was so already. */
  checkAll(stateOf: (instanceId: number) => Instance | undefined): void;
  /** Steps after that index, and the outcome; waits up to waitMs for either. @throws PmError PROTOCOL when unknown */
  poll(id: string, afterStep: number, waitMs: number): Promise<OperationAnswer>;
}

/** Outcomes are kept for CLIs that were slow to ask; a hundred cost some 100 KB at most. */
const KEPT_OPERATIONS = 100;

export function makeOperations(): Operations {
  const operations = new Map<string, Operation>();
  const open = (): Operation[] => [...operations.values()].filter(({ outcome }) => outcome === null);
  let begun = 0;

  return {
    begin: (given) => {
      const id = String(++begun);
      const operation = makeOperation(id, given);
      operations.set(id, operation);
      limitLateness(operation, given.deadlineMs);
      forgetOldest(operations);
      return id;
    },
    stateChanged: (instance) => {
      for (const operation of open()) followState(operation, instance);
    },
    attemptFailed: (instance, failure) => {
      for (const operation of open()) followFailure(operation, instance, failure);
    },
    removed: (instanceId) => {
      for (const operation of open()) {
        if (operation.goals.delete(instanceId)) endIfDone(operation);
      }
    },
    rolloutEnded: (appId, error) => {
      for (const operation of open()) {
        if (!operation.rollouts.delete(appId)) continue;
        if (error !== null) operation.error ??= toWire(error);
        endIfDone(operation);
      }
    },
    overtake: (wanted) => {
      for (const operation of open()) {
        const lost = [...operation.goals].filter(([id, goal]) => (wanted.get(id) ?? goal) !== goal);
        if (lost.length === 0) continue;
        for (const [id] of lost) operation.goals.delete(id);
        operation.error ??= toWire(pmError('SUPERSEDED', { what: operation.what }));
        endIfDone(operation);
      }
    },
    checkAll: (stateOf) => {
      for (const operation of open()) {
        for (const [id, goal] of operation.goals) {
          const instance = stateOf(id);
          if (instance === undefined || isReached(goal, instance)) operation.goals.delete(id);
        }
        endIfDone(operation);
      }
    },
    poll: async (id, afterStep, waitMs) => {
      const operation = operations.get(id);
      if (operation === undefined) {
        throw pmError('PROTOCOL', {
          why: `operation ${id} is not known; a God before this one may have begun it`,
        });
      }
      return pollOperation(operation, afterStep, waitMs);
    },
  };
}

function forgetOldest(operations: Map<string, Operation>): void {
  for (const [id, { outcome }] of operations) {
    if (operations.size <= KEPT_OPERATIONS) return;
    if (outcome !== null) operations.delete(id);
  }
}
