import { factsOfCause, type ExitCause } from '../../model/exit-cause';
import type { StateName } from '../core/lifecycle';

export type RolloutKind = 'reload' | 'restart';

/**
 * `atomic`: every candidate proves itself before the first one is given a connection; then all are switched at once.
 * `rolling`: one instance after the other.
 */
export type RolloutMode = 'atomic' | 'rolling';

/**
 *     atomic:   prove ──all proven──► switch ──done──► renew
 *                 │ failure: over, nothing was changed
 *     rolling:  renew ──failure──► back (the renewed ones are taken back) ──► over
 *
 * `renew` is also where an atomic reload starts the instances that had no worker that served.
 */
export type RolloutPhase = 'prove' | 'switch' | 'renew' | 'back';

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

/** Why an attempt to bring a worker online has failed. */
export type AttemptFailure = Omit<MoveFailure, 'instanceId'>;

/** A reload or restart of the instances of one app, under way. */
export interface Rollout {
  readonly kind: RolloutKind;
  readonly mode: RolloutMode;
  readonly phase: RolloutPhase;
  /** Not begun yet, in order. In `back`: not taken back yet. */
  readonly waiting: readonly number[];
  readonly active: readonly Move[];
  /** Their candidates have proven themselves and wait for the switch. */
  readonly proven: readonly number[];
  /** In the order in which they were renewed. */
  readonly done: readonly number[];
  /** The first failure; after it nothing is begun but what leads back. */
  readonly failure: MoveFailure | null;
  /** Instances that could not be taken back either. */
  readonly stuck: readonly number[];
  readonly concurrency: number;
  /** After a failure the renewed ones go back to the generation before. */
  readonly goesBack: boolean;
}

export interface InstanceFacts {
  readonly state: StateName;
  /** `cluster`: the old worker and the new one can share their listeners. */
  readonly mode: 'fork' | 'cluster';
}

export interface RolloutOptions {
  readonly mode?: RolloutMode;
  /** What the caller wants instead of PM2's rule. */
  readonly parallel?: number | undefined;
  readonly goesBack?: boolean;
}

/** PM2's rule: two at a time, one at a time of up to two, so that there is always one that serves. */
const concurrencyFor = (count: number): number => (count <= 2 ? 1 : 2);

export function createRollout(
  kind: RolloutKind,
  instanceIds: readonly number[],
  { mode = 'rolling', parallel, goesBack = false }: RolloutOptions = {},
): Rollout {
  return {
    kind,
    mode,
    phase: mode === 'atomic' ? 'prove' : 'renew',
    waiting: instanceIds,
    active: [],
    proven: [],
    done: [],
    failure: null,
    stuck: [],
    concurrency: parallel ?? concurrencyFor(instanceIds.length),
    goesBack,
  };
}

export interface NextMoves {
  readonly rollout: Rollout;
  readonly moves: readonly Move[];
}

/** What to begin now, and the phase that the rollout is in from here on. */
export function nextMoves(rollout: Rollout, factsOf: (instanceId: number) => InstanceFacts): NextMoves {
  switch (rollout.phase) {
    case 'prove':
      return nextCandidates(rollout, factsOf);
    case 'switch':
      return { rollout, moves: [] };
    case 'renew':
      if (rollout.failure === null) return nextRenewals(rollout, factsOf);
      return nextRenewals(turnedBack(rollout), factsOf);
    case 'back':
      return nextRenewals(rollout, factsOf);
  }
}

/** Candidates for the instances that serve. Those that do not are started when the switch is done. */
function nextCandidates(rollout: Rollout, factsOf: (instanceId: number) => InstanceFacts): NextMoves {
  if (rollout.failure !== null) return { rollout, moves: [] };
  const serving = rollout.waiting.filter((id) => moveFor('reload', factsOf(id)) === 'replace');
  const begun = serving.slice(0, Math.max(0, rollout.concurrency - rollout.active.length));
  const moves = begun.map((instanceId): Move => ({ instanceId, how: 'replace' }));
  const next = {
    ...rollout,
    waiting: rollout.waiting.filter((id) => !begun.includes(id)),
    active: [...rollout.active, ...moves],
  };
  if (next.active.length > 0) return { rollout: next, moves };
  if (next.proven.length > 0) return { rollout: { ...next, phase: 'switch' }, moves };
  return nextRenewals({ ...next, phase: 'renew' }, factsOf);
}

/** An instance without a worker takes nobody's capacity away, so it does not wait its turn. */
function nextRenewals(rollout: Rollout, factsOf: (instanceId: number) => InstanceFacts): NextMoves {
  if (rollout.failure !== null && rollout.phase !== 'back') return { rollout, moves: [] };
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

/** When all that was under way has ended, the renewed ones are taken back, and so is one that was ended first and failed. */
function turnedBack(rollout: Rollout): Rollout {
  const { failure, goesBack, active, done } = rollout;
  if (failure === null || !goesBack || active.length > 0) return rollout;
  return { ...rollout, phase: 'back', waiting: done, done: [] };
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
    case 'awaiting':
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
  const isProven = rollout.proven.includes(instanceId);
  const move = rollout.active.find((one) => one.instanceId === instanceId);
  if (move === undefined && !(isProven && failure !== null)) return rollout;
  const active = rollout.active.filter((one) => one.instanceId !== instanceId);
  if (failure === null) {
    return rollout.phase === 'prove'
      ? { ...rollout, active, proven: [...rollout.proven, instanceId] }
      : { ...rollout, active, done: [...rollout.done, instanceId] };
  }
  if (rollout.phase === 'back') return { ...rollout, active, stuck: [...rollout.stuck, instanceId] };
  const proven = rollout.proven.filter((id) => id !== instanceId);
  // Ended before its successor had proven anything: it has to be brought back too.
  const gone = move !== undefined && move.how !== 'replace' && rollout.goesBack ? [instanceId] : [];
  return {
    ...rollout,
    active,
    proven,
    done: [...rollout.done, ...gone],
    failure: rollout.failure ?? { instanceId, ...failure },
  };
}

/** All candidates have been admitted, or have died meanwhile and are renewed like any other. */
export function switched(rollout: Rollout, admitted: readonly number[]): Rollout {
  const left = rollout.proven.filter((id) => !admitted.includes(id));
  return {
    ...rollout,
    phase: 'renew',
    proven: [],
    done: [...rollout.done, ...admitted],
    waiting: [...left, ...rollout.waiting],
    goesBack: false,
  };
}

/** Every move has ended, and no other will begin. */
export function isOver({ phase, active, waiting, proven, failure, goesBack }: Rollout): boolean {
  switch (phase) {
    case 'prove':
      // Nobody waits for the candidates that are still under way.
      return failure !== null || (active.length === 0 && waiting.length === 0 && proven.length === 0);
    case 'switch':
      return false;
    case 'renew':
      return active.length === 0 && (failure === null ? waiting.length === 0 : !goesBack);
    case 'back':
      return active.length === 0 && waiting.length === 0;
  }
}

/** Failures that are the command's own; an app that starts and dies is not, unless another has its address. */
export const isError = ({ cause, couldListen = true }: Omit<MoveFailure, 'instanceId'>): boolean =>
  factsOfCause(cause).failsCommand || !couldListen;
