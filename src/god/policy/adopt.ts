import type { ExitCause } from '../../model/instance';
import type { InstanceState } from '../core/lifecycle';
import type { Desired } from './reconcile';

/** `<instance id>.<incarnation>`; incarnations only count up, so a key names one worker for ever. */
export const keyOf = (instanceId: number, incarnation: number): string => `${instanceId}.${incarnation}`;

/** null for anything that is not a key. */
export function parseKey(key: string): { readonly instanceId: number; readonly incarnation: number } | null {
  const match = /^(\d+)\.(\d+)$/.exec(key);
  return match === null ? null : { instanceId: Number(match[1]), incarnation: Number(match[2]) };
}

/** A worker that a shim has. */
export interface FoundWorker {
  readonly key: string;
  /** God gave it connections: it had proven itself. */
  readonly admitted: boolean;
  /** How it had, as far as it can still be seen: `listening on :3000`. */
  readonly proof?: string | undefined;
  /** The shim is ending it. */
  readonly retiring: boolean;
}

export interface AdoptionFacts {
  readonly desired: Desired;
  readonly errored: string | null;
  /** Why it is at rest. */
  readonly restReason: string;
  readonly waiting: { readonly untilMs: number; readonly reason: string } | null;
  /** No wait ends later: the clock may have been set back since it was noted (a machine that boots in 1970). */
  readonly latestStartMs: number;
  /** Workers that the God before had told to end. */
  readonly retiring: readonly { readonly key: string; readonly cause: ExitCause }[];
  readonly found: readonly FoundWorker[];
  /** Keys whose end a shim has still to tell. */
  readonly untoldEnds: readonly string[];
  /** A candidate that has proven itself and is to take over now; null: there is none. */
  readonly successor: string | null;
  /** Candidates that are not to take over. */
  readonly unwanted: readonly string[];
}

export interface Adoption {
  readonly state: InstanceState;
  /** Found, but no part of the state: ended by the God before, or half of a surge that had proven nothing. */
  readonly retiring: readonly {
    readonly key: string;
    readonly cause: ExitCause;
    readonly alreadyTold: boolean;
  }[];
}

/**
 * The state of an instance out of what its shim has and what the God before had noted. Workers that end meanwhile
 * are given the state that they had, so that their end is handled as any other.
 */
export function adoptInstance(facts: AdoptionFacts): Adoption {
  const causeOf = new Map(facts.retiring.map(({ key, cause }) => [key, cause]));
  const isLeaving = ({ key, retiring }: FoundWorker): boolean =>
    retiring || causeOf.has(key) || facts.unwanted.includes(key);
  const leaving = facts.found.filter(isLeaving).sort(byAge);
  const staying = facts.found.filter((worker) => !isLeaving(worker)).sort(byAge);
  const dying = facts.untoldEnds
    .filter((key) => !causeOf.has(key))
    .sort(byKeyAge)
    .at(-1);
  const asRetiring = (workers: readonly FoundWorker[], fallback: ExitCause): Adoption['retiring'] =>
    workers.map((worker) => ({
      key: worker.key,
      cause: causeOf.get(worker.key) ?? fallback,
      alreadyTold: worker.retiring,
    }));

  const successor = staying.find(({ key, admitted }) => key === facts.successor && !admitted);
  if (successor !== undefined) {
    const before = staying.filter((worker) => worker !== successor).findLast(({ admitted }) => admitted);
    const others = staying.filter((worker) => worker !== successor && worker !== before);
    return {
      state: taking(successor.key, before?.key),
      retiring: [...asRetiring(leaving, 'reload'), ...asRetiring(others, 'reload')],
    };
  }

  // More than one stays only when the God before died within a surge: the newest that had proven itself is the
  // instance; without one it is the oldest, which was serving.
  const current = staying.findLast((worker) => worker.admitted) ?? staying[0];
  if (current !== undefined) {
    const others = staying.filter((worker) => worker !== current);
    return {
      state: inhabited(current),
      retiring: [...asRetiring(leaving, 'stop'), ...asRetiring(others, 'reload')],
    };
  }
  if (dying !== undefined) {
    return {
      state: { name: 'online', key: dying, reason: 'ended while no God was there' },
      retiring: asRetiring(leaving, 'stop'),
    };
  }
  const last = leaving.at(-1);
  if (last !== undefined) {
    const cause = causeOf.get(last.key) ?? 'stop';
    const others = leaving.filter((worker) => worker !== last);
    return {
      state: { name: 'stopping', key: last.key, cause, reason: 'was being stopped' },
      retiring: asRetiring(others, 'stop'),
    };
  }
  return { state: uninhabited(facts), retiring: [] };
}

/** The switch was decided: the one before serves until it is carried out. */
const taking = (candidate: string, key: string | undefined): InstanceState =>
  key === undefined
    ? { name: 'awaiting', candidate, reason: 'the switch is under way' }
    : { name: 'replacing', key, candidate, reason: 'the switch is under way' };

const inhabited = ({ key, admitted, proof }: FoundWorker): InstanceState =>
  admitted
    ? { name: 'online', key, reason: proof ?? 'adopted' }
    : { name: 'launching', key, reason: 'adopted' };

function uninhabited(facts: AdoptionFacts): InstanceState {
  const { desired, errored, restReason, waiting, latestStartMs } = facts;
  if (errored !== null) return { name: 'errored', reason: errored };
  if (desired === 'running' && waiting !== null)
    return { name: 'waiting', ...waiting, untilMs: Math.min(waiting.untilMs, latestStartMs) };
  return { name: 'stopped', reason: desired === 'running' ? 'no worker was found' : restReason };
}

const byAge = (a: FoundWorker, b: FoundWorker): number => byKeyAge(a.key, b.key);

const byKeyAge = (a: string, b: string): number =>
  (parseKey(a)?.incarnation ?? 0) - (parseKey(b)?.incarnation ?? 0);
