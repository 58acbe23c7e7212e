import type { ExitCause } from '../../model/instance';
import type { StateName } from '../lifecycle';

export type RolloutKind = 'reload' | 'restart';

/**
 * How one instance is renewed: `replace` starts the new worker first (surge), `restart` stops the old one first,
 * `start` is for one that has none.
 */
export type MoveKind = 'replace' | 'restart' | 'start';

export interface Move {
  readonly instanceId: number;
  readonly how: MoveKind;
}

export interface MoveFailure {
  readonly instanceId: number;
  readonly why: string;
  readonly stderr: readonly string[];
  readonly cause: ExitCause;
  /** False: the address that it wanted was not to be had. Absent where that was not the question. */
  readonly couldListen?: boolean;
}

/** A reload or restart of the instances of one app, under way. */
export interface Rollout {
  readonly kind: RolloutKind;
  /** Not begun yet, in order. */
  readonly waiting: readonly number[];
  readonly active: readonly Move[];
  readonly done: readonly number[];
  /** The first failure; nothing is begun after it. */
  readonly failure: MoveFailure | null;
  readonly concurrency: number;
}

export interface InstanceFacts {
  readonly state: StateName;
  readonly mode: 'fork' | 'cluster';
}

/** PM2's rule: two at a time, one at a time of up to two, so that there is always one that serves. */
const concurrencyFor = (count: number): number => (count <= 2 ? 1 : 2);

/** @param parallel what the caller wants instead of PM2's rule */
export function createRollout(kind: RolloutKind, instanceIds: readonly number[], parallel?: number): Rollout {
  const concurrency = parallel ?? concurrencyFor(instanceIds.length);
  return { kind, waiting: instanceIds, active: [], done: [], failure: null, concurrency };
}

/** What to begin now. An instance without a worker takes nobody's capacity away, so it does not wait its turn. */
export function nextMoves(
  rollout: Rollout,
  factsOf: (instanceId: number) => InstanceFacts,
): { readonly rollout: Rollout; readonly moves: readonly Move[] } {
  if (rollout.failure !== null) return { rollout, moves: [] };
  const moves: Move[] = [];
  const waiting: number[] = [];
  let busy = rollout.active.filter(({ how }) => how !== 'start').length;
  for (const instanceId of rollout.waiting) {
    const how = moveFor(rollout.kind, factsOf(instanceId));
    if (how !== 'start' && busy >= rollout.concurrency) {
      waiting.push(instanceId);
      continue;
    }
    if (how !== 'start') busy++;
    moves.push({ instanceId, how });
  }
  return { rollout: { ...rollout, waiting, active: [...rollout.active, ...moves] }, moves };
}

function moveFor(kind: RolloutKind, { state, mode }: InstanceFacts): MoveKind {
  switch (state) {
    case 'stopped':
    case 'errored':
    case 'waiting':
      return 'start';
    case 'online':
      return kind === 'reload' && mode === 'cluster' ? 'replace' : 'restart';
    // `unreachable`: commands are refused then, so it is not asked about.
    case 'unreachable':
    case 'launching':
    case 'replacing':
    case 'stopping':
      return 'restart';
  }
}

/** One move has ended, well or not. An instance that is not being moved changes nothing. */
export function settleMove(
  rollout: Rollout,
  instanceId: number,
  failure: Omit<MoveFailure, 'instanceId'> | null,
): Rollout {
  if (!rollout.active.some((move) => move.instanceId === instanceId)) return rollout;
  const active = rollout.active.filter((move) => move.instanceId !== instanceId);
  if (failure === null) return { ...rollout, active, done: [...rollout.done, instanceId] };
  return { ...rollout, active, failure: rollout.failure ?? { instanceId, ...failure } };
}

/** Every move has ended, and no other will begin. */
export const isOver = (rollout: Rollout): boolean =>
  rollout.active.length === 0 && (rollout.waiting.length === 0 || rollout.failure !== null);
